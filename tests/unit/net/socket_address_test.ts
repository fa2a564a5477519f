import assert from "node:assert/strict";
import { groupFamilyOf } from "../../../src/net/group_link.ts";
import {
  familyOf,
  isLinkLocal,
  isLoopback,
  parseSocketAddress,
  printSocketAddress,
  scopeOf,
  withPort,
} from "../../../src/net/socket_address.ts";

Deno.test("a socket address survives printing and parsing", () => {
  const texts = ["192.0.2.1:11204", "[2001:db8::1]:1", "[::]:65535", "[fe80::1%wlan0.7]:11204"];
  for (const text of texts) assert.equal(printSocketAddress(parseSocketAddress(text)!), text);
});

Deno.test("a name, a missing port and a port that cannot be are no socket address", () => {
  const texts = ["node.example:1", "192.0.2.1", "::1:1", "1.2.3.4:0", "1.2.3.4:65536", ""];
  const scopes = ["[fe80::1%]:1", "[fe80::1%a b]:1", "[fe80::1%a]b]:1", "[%eth0]:1", "[eth0]:1"];
  for (const text of [...texts, ...scopes, "10.0.0.1%eth0:1"]) {
    assert.equal(parseSocketAddress(text), undefined, text);
  }
});

Deno.test("another port leaves the host as it is, its link included", () => {
  assert.equal(withPort("[fe80::1%eth0]:40000", 11_204), "[fe80::1%eth0]:11204");
  assert.equal(withPort("10.0.0.7:40000", 11_204), "10.0.0.7:11204");
  assert.equal(withPort("here", 11_204), undefined);
});

Deno.test("a host says of which family it is, on which link, and how far it reaches", () => {
  const hosts = ["10.0.0.7", "127.0.0.1", "::1", "fe80::1%eth0", "2001:db8::1", "node.example"];
  const those = (holds: (host: string) => unknown) => hosts.filter(holds);
  assert.deepEqual(those((host) => familyOf(host) === "IPv4"), hosts.slice(0, 2));
  assert.deepEqual(those((host) => familyOf(host) === "IPv6"), hosts.slice(2, 5));
  assert.deepEqual(those(isLoopback), ["127.0.0.1", "::1"]);
  assert.deepEqual(those(isLinkLocal), ["fe80::1%eth0"]);
  assert.deepEqual(those(scopeOf), ["fe80::1%eth0"]);
  assert.ok(!isLinkLocal("fe80.example"));
});

Deno.test("a group is a multicast address, of IPv6 one that stays on its link", () => {
  const groups = ["239.255.72.86", "224.0.0.1", "ff02::4856", "FF12::1"];
  const others = ["192.0.2.1", "240.0.0.1", "ff05::4856", "fe80::1", "ff02::1%eth0", "group"];
  assert.deepEqual(groups.map(groupFamilyOf), ["IPv4", "IPv4", "IPv6", "IPv6"]);
  for (const other of others) assert.equal(groupFamilyOf(other), undefined, other);
});
