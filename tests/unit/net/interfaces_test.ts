import assert from "node:assert/strict";
import {
  chooseInterfaces,
  isOnNetwork,
  missingInterfaces,
  type NetworkInterface,
} from "../../../src/net/interfaces.ts";

const LOOPBACK = { name: "lo", address: "127.0.0.1", netmask: "255.0.0.0" };
const RADIO = { name: "wlan0", address: "10.1.2.3", netmask: "255.255.0.0" };
const RADIO_AGAIN = { name: "wlan0", address: "10.9.9.9", netmask: "255.255.255.0" };
const PRESENT: NetworkInterface[] = [LOOPBACK, RADIO, RADIO_AGAIN];

Deno.test("without a wish every interface is chosen once, however many addresses it has", () => {
  assert.deepEqual(chooseInterfaces(PRESENT, []), [LOOPBACK, RADIO]);
});

Deno.test("an interface is chosen by name or by the very address that was asked for", () => {
  assert.deepEqual(chooseInterfaces(PRESENT, ["wlan0"]), [RADIO]);
  assert.deepEqual(chooseInterfaces(PRESENT, ["10.9.9.9"]), [RADIO_AGAIN]);
  assert.deepEqual(chooseInterfaces(PRESENT, ["127.0.0.1"]), [LOOPBACK]);
  assert.deepEqual(missingInterfaces(PRESENT, ["wlan0", "eth7"]), ["eth7"]);
});

Deno.test("an address is on a network when the mask says so", () => {
  assert.ok(isOnNetwork("10.1.200.7", RADIO));
  assert.ok(!isOnNetwork("10.2.0.1", RADIO));
  assert.ok(isOnNetwork("127.5.5.5", LOOPBACK));
});
