/**
 * Hears one beacon of a mesh, and floods a node with damaged copies of it: what an outsider on the
 * network can do. Prints how many it sent.
 *
 *     deno run -A --unstable-net forging_host.ts OWN-ADDRESS TARGET PORT PER-SECOND SECONDS
 */
const GROUP = "239.255.72.86";
/** So far apart are bursts, which the queue of a socket has to hold. */
const BURST_EVERY_MS = 2;
/** A beacon is longer than any pulse. */
const PULSE_BYTES = 200;
/** Where the seal of what a beacon says begins. */
const SEALED_FROM = 13;

async function main(): Promise<void> {
  const [own = "", target = "", ...numbers] = Deno.args;
  const [port = NaN, perSecond = NaN, seconds = NaN] = numbers.map(Number);
  const beacon = await hearBeacon(own, port);
  const mouth = Deno.listenDatagram({ transport: "udp", hostname: own, port: 0 });
  console.log("flooding");
  const startedAt = performance.now();
  let sent = 0;
  for (let elapsedMs = 0; elapsedMs < seconds * 1_000; elapsedMs = performance.now() - startedAt) {
    for (const due = perSecond * elapsedMs / 1_000; sent < due; sent++) {
      await mouth.send(forge(beacon), { transport: "udp", hostname: target, port });
    }
    await new Promise((resolve) => setTimeout(resolve, BURST_EVERY_MS));
  }
  mouth.close();
  console.log(`sent ${sent}`);
}

async function hearBeacon(own: string, port: number): Promise<Uint8Array> {
  const ear = Deno.listenDatagram({
    transport: "udp",
    hostname: "0.0.0.0",
    port,
    reuseAddress: true,
  });
  await ear.joinMulticastV4(GROUP, own);
  while (true) {
    const [datagram] = await ear.receive();
    if (datagram.length <= PULSE_BYTES) continue;
    ear.close();
    return datagram.slice();
  }
}

/** Another number, so that no copy is known by it, and one byte of the seal changed. */
function forge(beacon: Uint8Array): Uint8Array {
  const forged = beacon.slice();
  crypto.getRandomValues(forged.subarray(1, SEALED_FROM));
  const at = SEALED_FROM + Math.floor(Math.random() * (forged.length - SEALED_FROM));
  forged[at] = forged[at]! ^ (1 + Math.floor(Math.random() * 255));
  return forged;
}

await main();
