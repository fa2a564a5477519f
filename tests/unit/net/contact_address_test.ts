import assert from "node:assert/strict";
import { resolveContact } from "../../../src/net/contact_address.ts";

Deno.test("a peer is an address or a name, with a port or without", async () => {
  const expected = {
    "10.0.0.7": "10.0.0.7:11205",
    "10.0.0.7:4000": "10.0.0.7:4000",
    "::1": "[::1]:11205",
    "2001:db8::7": "[2001:db8::7]:11205",
    "fe80::1%eth0": "[fe80::1%eth0]:11205",
    "[fe80::1%eth0]": "[fe80::1%eth0]:11205",
    "[2001:db8::7]:4000": "[2001:db8::7]:4000",
  };
  for (const [text, address] of Object.entries(expected)) {
    assert.equal(await resolveContact(text, 11_205), address);
  }
});

Deno.test("what is no peer is refused before anything is looked up", async () => {
  for (const text of ["", ":1", "10.0.0.7:0", "10.0.0.7:65536", "a:b", "[::1", "[::1]:", "::1%"]) {
    await assert.rejects(() => resolveContact(text, 1), { exitCode: 4 }, text);
  }
});
