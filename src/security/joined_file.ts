/** Where a node that joined keeps its formation, in its data directory. */
export const JOINED_FILE = "formation.json";
