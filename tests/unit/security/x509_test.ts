import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import type { ClientTls, Credentials } from "../../../src/security/credentials.ts";
import { SigningKey } from "../../../src/security/ed25519.ts";
import { rotateFormation } from "../../../src/security/formation_life.ts";
import {
  certificatePem,
  issueAuthorityCertificate,
  issueServerCertificate,
} from "../../../src/security/x509.ts";
import { Enrolled, HOUR_MS, nodeOf, sharedRecord, START_MS } from "./fixtures.ts";

const ID = "00112233445566778899aabbccddeeff";
const NOW = START_MS;

Deno.test("another implementation reads what the certificates say", () => {
  const [authority, node] = [SigningKey.generate(), SigningKey.generate()];
  const root = new X509Certificate(issueAuthorityCertificate(authority, ID));
  const der = issueServerCertificate(authority, ID, node.publicKey, ["one.peat", "two.peat"]);
  const leaf = new X509Certificate(der);
  assert.equal(root.ca, true);
  assert.equal(leaf.ca, false);
  assert.equal(leaf.subjectAltName, "DNS:one.peat, DNS:two.peat");
  assert.equal(leaf.issuer, root.subject);
  assert(leaf.verify(root.publicKey));
  assert(!leaf.verify(leaf.publicKey));
  const key = leaf.publicKey.export({ format: "der", type: "spki" });
  assert.equal(new Uint8Array(key.subarray(-32)).toHex(), node.publicKey.toHex());
});

Deno.test("OpenSSL verifies the chain strictly, for the names and for no other", async () => {
  const [authority, node] = [SigningKey.generate(), SigningKey.generate()];
  const folder = await Deno.makeTempDir();
  try {
    const root = issueAuthorityCertificate(authority, ID);
    const leaf = issueServerCertificate(authority, ID, node.publicKey, ["one.peat", "two.peat"]);
    await Deno.writeTextFile(`${folder}/root.pem`, certificatePem(root));
    await Deno.writeTextFile(`${folder}/leaf.pem`, certificatePem(leaf));
    const verify = async (name: string) => {
      const purpose = ["-purpose", "sslserver", "-verify_hostname", name];
      const files = ["-CAfile", `${folder}/root.pem`, `${folder}/leaf.pem`];
      const args = ["verify", "-x509_strict", ...purpose, ...files];
      const openssl = new Deno.Command("openssl", { args, stdout: "null", stderr: "null" });
      return (await openssl.output()).success;
    };
    assert(await verify("one.peat"));
    assert(await verify("two.peat"));
    assert(!await verify("three.peat"));
    const args = ["x509", "-in", `${folder}/leaf.pem`, "-noout", "-text"];
    const { stdout } = await new Deno.Command("openssl", { args }).output();
    const text = new TextDecoder().decode(stdout);
    assert.match(text, /Not Before: Jan +1 00:00:00 1970 GMT/);
    assert.match(text, /Not After : Dec 31 23:59:59 9999 GMT/);
    assert.match(text, /Key Usage: critical\s+Digital Signature\s/);
    assert.match(text, /Extended Key Usage:\s+TLS Web Server Authentication\s/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the same keys and names make the same certificate, so that it can be pinned", () => {
  const record = sharedRecord();
  const node = nodeOf(record, "drone-1");
  assert.equal(node.serverTls(NOW).cert, node.serverTls(NOW).cert);
  const [authority, key] = [SigningKey.generate(), SigningKey.generate().publicKey];
  const issue = (name: string) => issueServerCertificate(authority, ID, key, [name]).toHex();
  assert.equal(issue("one.peat"), issue("one.peat"));
  assert.notEqual(issue("one.peat"), issue("two.peat"));
});

Deno.test("a name in TLS tells nothing to those who do not know the formation", () => {
  const [left, right] = [nodeOf(sharedRecord(), "drone-1"), nodeOf(sharedRecord(), "drone-1")];
  assert.match(left.formation.serverName("drone-1"), /^[0-9a-f]{32}\.peat$/);
  assert.notEqual(left.formation.serverName("drone-1"), right.formation.serverName("drone-1"));
  assert.notEqual(left.formation.serverName("drone-1"), left.formation.anyServerName);
});

/** Whether a real QUIC client takes the server, and if not, why not. */
async function dial(server: Credentials, tls: ClientTls, formationTimeMs = NOW): Promise<string> {
  const listening = new Deno.QuicEndpoint({ hostname: "127.0.0.1", port: 0 });
  const dialling = new Deno.QuicEndpoint({ hostname: "127.0.0.1", port: 0 });
  const listener = listening.listen({
    ...server.serverTls(formationTimeMs),
    alpnProtocols: ["peat/1"],
  });
  const accepted = listener.incoming().then((incoming) => incoming.accept()).catch(() => undefined);
  try {
    const connection = await Deno.connectQuic({
      hostname: "127.0.0.1",
      port: listening.addr.port,
      endpoint: dialling,
      alpnProtocols: ["peat/1"],
      ...tls,
    });
    connection.closed.catch(() => {});
    connection.close();
    await connection.closed;
    return "taken";
  } catch (error) {
    return (error as Error).message;
  } finally {
    (await accepted)?.closed.catch(() => {});
    listening.close();
    dialling.close();
  }
}

for (const kind of ["shared", "enrolled"]) {
  Deno.test(`QUIC takes a node by its name, by any name and by a pin in ${kind} formations`, async () => {
    const record = sharedRecord();
    const fleet = new Enrolled();
    const make = (nodeId: string) =>
      kind === "shared" ? nodeOf(record, nodeId) : fleet.enrol(nodeId);
    const [client, server] = [make("drone-1"), make("base")];
    assert.equal(await dial(server, client.clientTls({ nodeId: "base" }, NOW)), "taken");
    assert.equal(await dial(server, client.clientTls(undefined, NOW)), "taken");
    assert.equal(await dial(server, client.clientTls(server.member(NOW), NOW)), "taken");
  });
}

Deno.test("QUIC refuses a node of another name, another formation and a certificate of its own", async () => {
  const fleet = new Enrolled();
  const [client, base] = [fleet.enrol("drone-1"), fleet.enrol("base")];
  const toBase = client.clientTls({ nodeId: "base" }, NOW);
  assert.match(await dial(fleet.enrol("other"), toBase), /not valid for name/);
  assert.match(await dial(nodeOf(sharedRecord(), "base"), toBase), /UnknownIssuer/);
  const impostor = nodeOf({ ...new Enrolled().record, id: fleet.record.id }, "base");
  assert.match(await dial(impostor, toBase), /BadSignature/);
  assert.match(await dial(impostor, client.clientTls(base.member(NOW), NOW)), /UnknownIssuer/);
});

Deno.test("a pin refuses what another member of a shared formation certified as the same node", async () => {
  const record = sharedRecord();
  const [client, base, relay] = [
    nodeOf(record, "a"),
    nodeOf(record, "base"),
    nodeOf(record, "base"),
  ];
  assert.equal(await dial(relay, client.clientTls({ nodeId: "base" }, NOW)), "taken");
  assert.match(await dial(relay, client.clientTls(base.member(NOW), NOW)), /UnknownIssuer/);
});

Deno.test("during a rotation of the secret QUIC takes nodes with either file", async () => {
  const old = sharedRecord();
  const rotated = rotateFormation(old, { graceMs: HOUR_MS, nowMs: NOW });
  const [ahead, behind] = [nodeOf(rotated, "ahead"), nodeOf(old, "behind")];
  const laterMs = NOW + HOUR_MS - 1;
  assert.equal(await dial(ahead, behind.clientTls({ nodeId: "ahead" }, NOW)), "taken");
  assert.equal(
    await dial(behind, ahead.clientTls({ nodeId: "behind" }, laterMs), laterMs),
    "taken",
  );
  const over = NOW + HOUR_MS;
  assert.match(
    await dial(behind, ahead.clientTls({ nodeId: "behind" }, over), over),
    /BadSignature|UnknownIssuer/,
  );
});
