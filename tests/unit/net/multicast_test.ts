import assert from "node:assert/strict";
import type { NetworkInterface } from "../../../src/net/interfaces.ts";
import {
  DATAGRAM_LIMIT_BYTES,
  type InterfaceChange,
  Multicast,
} from "../../../src/net/multicast.ts";

const LOOPBACK: NetworkInterface = {
  name: "lo",
  family: "IPv4",
  address: "127.0.0.1",
  netmask: "255.0.0.0",
};
/** From the block of addresses that are for examples only: this machine never has it. */
const ABSENT: NetworkInterface = {
  name: "radio",
  family: "IPv4",
  address: "203.0.113.9",
  netmask: "255.255.255.0",
};

interface Station extends AsyncDisposable {
  readonly multicast: Multicast;
  readonly heard: { bytes: Uint8Array; from: string }[];
  readonly changes: InterfaceChange[];
  present: NetworkInterface[];
}

async function open(port: number, present = [LOOPBACK]): Promise<Station> {
  const heard: Station["heard"] = [];
  const changes: InterfaceChange[] = [];
  const station = { present };
  const multicast = await Multicast.open({
    groups: ["239.255.72.86"],
    port,
    interfaces: [],
    onDatagram: (bytes, from) => heard.push({ bytes, from }),
    onChange: (change) => changes.push(change),
    list: () => station.present,
  });
  return Object.assign(station, {
    multicast,
    heard,
    changes,
    [Symbol.asyncDispose]: () => multicast.close(),
  });
}

async function until(test: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  while (!test()) {
    if (performance.now() > giveUpAt) throw new Error("Cannot see what was waited for");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const PATIENCE_MS = 15_000;

/** Below the ports that kernels hand out to whoever asks for any. */
const PORT = 18_000 + Math.floor(Math.random() * 1_000);

Deno.test("what is multicast reaches all, and an answer reaches the one it is for", async () => {
  await using left = await open(PORT);
  await using right = await open(PORT);
  left.multicast.multicast(new Uint8Array([1, 2, 3]));
  await until(() => left.heard.length === 1 && right.heard.length === 1);
  assert.deepEqual([...right.heard[0]!.bytes], [1, 2, 3]);
  right.multicast.unicast(new Uint8Array([4]), right.heard[0]!.from);
  await until(() => left.heard.length === 2);
  assert.deepEqual([...left.heard[1]!.bytes], [4]);
  assert.equal(right.heard.length, 1);
});

Deno.test("a datagram of 1,200 bytes passes and a longer one is counted, not sent", async () => {
  await using station = await open(PORT + 1);
  station.multicast.multicast(new Uint8Array(DATAGRAM_LIMIT_BYTES + 1));
  station.multicast.multicast(new Uint8Array(DATAGRAM_LIMIT_BYTES));
  await until(() => station.heard.length === 1);
  assert.equal(station.multicast.counts.oversize, 1);
  assert.equal(station.multicast.counts.sent, 1);
});

Deno.test("an interface that refuses is told once and keeps no other from working", async () => {
  await using station = await open(PORT + 2, [ABSENT, LOOPBACK]);
  await station.multicast.refresh();
  assert.deepEqual(station.changes.map(({ kind, name }) => [kind, name]), [
    ["refused", "radio"],
    ["joined", "lo"],
  ]);
  station.multicast.multicast(new Uint8Array([7]));
  await until(() => station.heard.length === 1);
});

Deno.test("an interface that vanishes is left, and joined again when it is back", async () => {
  await using station = await open(PORT + 3);
  station.present = [];
  await station.multicast.refresh();
  assert.deepEqual(station.multicast.interfaces, []);
  station.present = [LOOPBACK];
  await station.multicast.refresh();
  assert.deepEqual(station.changes.map(({ kind }) => kind), ["joined", "left", "joined"]);
  station.multicast.multicast(new Uint8Array([7]));
  await until(() => station.heard.length === 1);
});

Deno.test("an address that no interface leads to is counted", async () => {
  await using station = await open(PORT + 4);
  station.multicast.unicast(new Uint8Array([1]), "203.0.113.9:5");
  assert.equal(station.multicast.counts.unroutable, 1);
});

Deno.test("an interface that nobody has is refused with those there are", async () => {
  const options = {
    groups: ["239.255.72.86"],
    port: PORT + 5,
    interfaces: ["eth7"],
    onDatagram: () => {},
    onChange: () => {},
    list: () => [LOOPBACK],
  };
  await assert.rejects(() => Multicast.open(options), {
    message: "Cannot use the interface eth7: this machine has no such interface now",
    hint: "those there are: 127.0.0.1 (lo)",
  });
});
