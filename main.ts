console.log("peat");
