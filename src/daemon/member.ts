import { loopbackOnly } from "../net/interfaces.ts";
import { AuditLog } from "../security/audit_log.ts";
import { Credentials } from "../security/credentials.ts";
import { FormationTime } from "../security/formation_time.ts";
import { ReplayWindows } from "../security/replay_windows.ts";
import { CellOrders } from "./cell_orders.ts";
import { realClock } from "./clock.ts";
import { DocumentProofs } from "./document_proofs.ts";
import { Envelopes } from "./envelopes.ts";
import { FormationUpkeep } from "./formation_upkeep.ts";
import type { Membership, MembershipOptions } from "./membership.ts";
import { ReplayMarkKeeper } from "./replay_mark_keeper.ts";
import { type RivalMeeting, SealedCodec } from "./sealed_codec.ts";
import { Statements } from "./statements.ts";
import { sumCounts } from "./sum_counts.ts";
import { Streams } from "./streams.ts";

export interface MemberOptions extends MembershipOptions {
  readonly formationPath: string;
}

/** Opens the formation and the port for streams. */
export async function openMember(options: MemberOptions): Promise<Membership> {
  const { formationPath, nodeId, dataDir, boot, interfaces, store, log } = options;
  const credentials = Credentials.open({ formationPath, dataDir, nodeId, ...roleOf(options) });
  FormationUpkeep.recall(credentials, dataDir);
  const time = new FormationTime(credentials, { monotonicMs: realClock.now, wallMs: Date.now });
  const windows = new ReplayWindows();
  const onRival = (meeting: RivalMeeting) => options.hand({ kind: "rival", ...meeting });
  const codec = new SealedCodec({
    credentials,
    boot,
    time,
    windows,
    onRival,
    onSuccession: (peer) => options.hand({ kind: "succeeded", peer }),
    onExpired: (peer) => options.hand({ kind: "expired", peer }),
  });
  const orders = new CellOrders(credentials, time);
  const envelopes = new Envelopes({
    nodeId,
    boot,
    seal: (body) => codec.sealEnvelope(body),
    open: (sealed) => codec.openEnvelope(sealed),
    opener: orders,
  });
  const proofs = new DocumentProofs(credentials, time);
  const certificates = () => codec.gate?.certificates;
  using opened = new DisposableStack();
  const marks = new ReplayMarkKeeper({ windows, store, clock: realClock, log });
  opened.defer(() => marks.close());
  const audit = opened.adopt(AuditLog.open(dataDir, credentials.identity), (its) => its.close());
  const upkeep = new FormationUpkeep({
    ...options,
    credentials,
    time,
    gate: () => codec.gate,
    audit,
    clock: realClock,
  });
  opened.defer(() => upkeep.close());
  const statements = new Statements(upkeep);
  // Whoever takes streams has to answer, so a node that sends nothing takes none.
  const streams = options.emcon ? undefined : await Streams.open({
    ...options,
    credentials,
    originals: {
      datagramOf: (beacon) => codec.datagramOf(beacon),
      open: (datagram) => codec.open(datagram),
      openOrder: (signed) => orders.openOrder(signed),
      openAssignment: (signed) => orders.openAssignment(signed),
      sealedOf: (envelope) => envelopes.sealedOf(envelope),
      unseal: (sealed) => envelopes.unseal(sealed),
      proofs,
      statements,
    },
    certificates,
    onRevocation: (entry) => upkeep.takeRevocations([entry], "handshake"),
    // A node that keeps to loopback takes streams there alone.
    hostname: options.streamAddress ?? loopbackOnly(interfaces),
    now: realClock.now,
    formationTimeMs: () => time.nowMs(),
  });
  audit.append("started", { nodeId, formation: credentials.formation.name });
  opened.defer(() => audit.append("stopped"));
  const start = () => upkeep.watch(() => streams?.renewCertificate());
  const rejected = () =>
    sumCounts(statements.rejected(), envelopes.rejected(), proofs.rejected(), orders.refused);
  const member = {
    codec,
    credentials,
    time,
    orders,
    start,
    rejected,
    audit: (event: string, details: Record<string, unknown>) => audit.append(event, details),
    held: opened.move(),
  };
  return streams === undefined ? member : { ...member, streams };
}

function roleOf({ role }: MemberOptions) {
  return role === undefined ? {} : { role };
}
