import assert from "node:assert/strict";
import { Random } from "../../../src/core/kernel/random.ts";
import { Node } from "../../../src/core/node.ts";
import { PROFILES } from "../../../src/core/profile.ts";
import { PlainCodec } from "../../../src/daemon/datagram_codec.ts";
import { electionView } from "../../../src/daemon/election_views.ts";
import { LeaderHistory } from "../../../src/daemon/leader_history.ts";
import { orderLeader } from "../../../src/daemon/leader_order.ts";
import type { Membership } from "../../../src/daemon/membership.ts";
import { CellOrders } from "../../../src/daemon/cell_orders.ts";
import { Credentials } from "../../../src/security/credentials.ts";
import { createFormation } from "../../../src/security/formation_life.ts";
import { FormationTime } from "../../../src/security/formation_time.ts";
import { openIdentity } from "../../../src/security/identity.ts";
import type { Role } from "../../../src/security/role.ts";

const NOW = Date.parse("2026-05-04T12:00:00Z");

/** A node that leads a cell alone. */
function loneLeader(cell = "red"): Node {
  const node = new Node({
    nodeId: "n1",
    timing: PROFILES.fast,
    advertisement: { version: "1", level: 0, capabilities: [], cell },
    random: new Random("seed"),
  });
  node.handle(0, { kind: "start", stored: {}, firstBoot: 1 });
  for (let now = 0; now < 20_000;) {
    for (let output = node.poll(); output; output = node.poll()) {
      if (output.kind === "persist") node.handle(now, { kind: "persisted", key: output.key });
    }
    now = Math.max(now + 1, Math.min(node.deadline(), 20_000));
    node.handle(now, { kind: "wake" });
  }
  return node;
}

function membershipOf(role: Role, audited: string[] = []): Membership {
  const dataDir = Deno.makeTempDirSync();
  try {
    const record = createFormation("alpha", "shared", NOW);
    const credentials = new Credentials(record, openIdentity(dataDir), "n1", role);
    const time = new FormationTime(credentials, { monotonicMs: () => 0, wallMs: () => NOW });
    const orders = new CellOrders(credentials, time);
    const audit = (event: string) => void audited.push(event);
    return { codec: new PlainCodec(), credentials, time, orders, audit };
  } finally {
    Deno.removeSync(dataDir, { recursive: true });
  }
}

Deno.test("an order that may be given is signed, written down and opened again", () => {
  const audited: string[] = [];
  const membership = membershipOf("operator", audited);
  const { answer, input } = orderLeader(loneLeader(), membership, {
    nodeId: "n1",
    isDryRun: false,
  });
  assert.deepEqual(answer, { cell: "red", from: "n1", leaderId: "n1", issuer: "n1" });
  assert.deepEqual(audited, ["election.ordered"]);
  assert.ok(input?.kind === "cellOrder" && input.order.kind === "order");
  assert.deepEqual([input.order.leader, input.order.issuer], ["n1", "n1"]);
  assert.deepEqual(
    membership.orders?.openOrder(Uint8Array.fromBase64(input.order.proof)),
    input.order,
  );
});

Deno.test("a dry run says what would be done, and does and writes nothing", () => {
  const audited: string[] = [];
  const membership = membershipOf("admin", audited);
  const { answer, input } = orderLeader(loneLeader(), membership, { nodeId: "n1", isDryRun: true });
  assert.deepEqual([answer.dryRun, input, audited], [true, undefined, []]);
});

Deno.test("who may not, who is unknown and who is alone each get their own refusal", () => {
  const node = loneLeader();
  const refused = (membership: Membership, nodeId?: string) => () =>
    orderLeader(node, membership, { nodeId, isDryRun: false });
  for (const role of ["observer", "member", "leader"] as const) {
    assert.throws(refused(membershipOf(role), "n1"), { exitCode: 3, code: "not-permitted" });
  }
  const open = { codec: new PlainCodec() };
  assert.throws(refused(open, "n1"), { exitCode: 2, code: "open-mesh" });
  const admin = membershipOf("admin");
  assert.throws(refused(admin, "n11"), { code: "not-a-member", hint: /override n1\?$/ });
  assert.throws(refused(admin), { code: "nobody-else" });
});

Deno.test("a leader that needs nobody leads with quorum, and its lease has no end", () => {
  const history = new LeaderHistory({ nodeId: "n1", dataDir: "/nowhere", onUnwritable: () => {} });
  const view = electionView(loneLeader(), 20_000, history);
  assert.deepEqual(
    [view.leaderId, view.authority, view.state, view.leaseMs, view.members],
    ["n1", "quorum", "leader", undefined, [
      { nodeId: "n1", present: true, role: "leader", deputy: false },
    ]],
  );
});
