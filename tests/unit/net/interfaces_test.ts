import assert from "node:assert/strict";
import {
  chooseInterfaces,
  hostnameOf,
  isOnNetwork,
  loopbackOnly,
  missingInterfaces,
  type NetworkInterface,
} from "../../../src/net/interfaces.ts";

const family = "IPv4";
const LOOPBACK = { name: "lo", family, address: "127.0.0.1", netmask: "255.0.0.0" } as const;
const RADIO = { name: "wlan0", family, address: "10.1.2.3", netmask: "255.255.0.0" } as const;
const RADIO_AGAIN = { ...RADIO, address: "10.9.9.9", netmask: "255.255.255.0" };
const LOOPBACK_6 = { name: "lo", family: "IPv6", address: "::1", netmask: "ffff::" } as const;
const GLOBAL_6 = { name: "wlan0", family: "IPv6", address: "fd00::7", netmask: "ffff::" } as const;
const LINK_6 = { ...GLOBAL_6, address: "fe80::7" };
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
  const site = { ...GLOBAL_6, address: "fd00:1:2:3::7", netmask: "ffff:ffff:ffff:ffff::" };
  assert.ok(isOnNetwork("fd00:1:2:3:4::9", site));
  assert.ok(!isOnNetwork("fd00:1:2:4::9", site));
  assert.ok(!isOnNetwork("10.1.200.7", site), "one family is not on the other's networks");
  assert.ok(!isOnNetwork("fd00:1:2:3::9", RADIO));
});

Deno.test("an interface counts once for each family, by the address that its whole link can reach", () => {
  const present = [LOOPBACK, LOOPBACK_6, RADIO, GLOBAL_6, LINK_6];
  assert.deepEqual(chooseInterfaces(present, []), [LOOPBACK, RADIO, LINK_6]);
  assert.deepEqual(chooseInterfaces(present, ["wlan0"]), [RADIO, LINK_6]);
  assert.deepEqual(chooseInterfaces(present, ["fd00::7"]), [GLOBAL_6]);
  assert.deepEqual(chooseInterfaces(present, ["fe80::7%wlan0"]), [LINK_6]);
  assert.equal(hostnameOf(LINK_6), "fe80::7%wlan0");
  assert.equal(hostnameOf(GLOBAL_6), "fd00::7");
});

Deno.test("IPv6 on loopback is used when its address is named, and not otherwise", () => {
  const present = [LOOPBACK, LOOPBACK_6];
  assert.deepEqual(chooseInterfaces(present, []), [LOOPBACK]);
  assert.deepEqual(chooseInterfaces(present, ["lo"]), [LOOPBACK]);
  assert.deepEqual(chooseInterfaces(present, ["::1"]), [LOOPBACK_6]);
  assert.deepEqual(
    [[], ["lo"], ["127.0.0.1"], ["::1"], ["::1", "127.0.0.1"], ["lo", "eth0"]].map(loopbackOnly),
    [undefined, "127.0.0.1", "127.0.0.1", "::1", "127.0.0.1", undefined],
  );
});
