import type { Output } from "../../src/cli/output.ts";
import { formatDuration } from "../../src/cli/duration.ts";
import { table } from "../../src/cli/table.ts";
import type { Formation } from "../../src/security/formation.ts";
import type { FormationRecord } from "../../src/security/formation_record.ts";
import { revocationsOf } from "../../src/security/enrolment.ts";
import { readMembership } from "../../src/security/membership.ts";
import { fields } from "./fields.ts";

/** A formation file without its secrets. */
export function formationView(record: FormationRecord, formation: Formation, nowMs: number) {
  const current = formation.keys.current(nowMs).number;
  const accepted = formation.keys.accepted(nowMs).map(({ number }) => number);
  return {
    formation: record.name,
    id: record.id,
    kind: formation.kind,
    holds: record.holds,
    fingerprint: formation.fingerprint,
    epochs: record.epochs.map(({ epoch, startedAtMs, graceMs }) => ({
      epoch,
      startedAt: new Date(startedAtMs),
      graceMs,
      state: epoch === current ? "current" : accepted.includes(epoch) ? "accepted" : "over",
    })),
    ...(record.holds === "authority" ? { members: membersOf(record.issued) } : {}),
    ...(record.holds === "membership" ? { member: ownView(record.certificate, formation) } : {}),
    ...(formation.kind === "enrolled"
      ? { revoked: revocationsOf(record, formation).deviceIds() }
      : {}),
  };
}

export type FormationView = ReturnType<typeof formationView>;

export function formationText(out: Output, view: FormationView): string {
  const { member, members, revoked } = view;
  const about = fields([
    ["formation", view.formation],
    ["kind", view.kind],
    ["holds", `the ${view.holds}`],
    ["fingerprint", view.fingerprint],
    ["id", view.id],
    ["node", member?.nodeId],
    ["device", member?.deviceId],
    ["role", member?.role],
    ["expires", member?.expiresAt?.toISOString()],
    ["revoked", revoked?.join(", ")],
  ]);
  return [about, epochTable(out, view), ...(members?.length ? [memberTable(out, members)] : [])]
    .join("\n\n");
}

interface MemberRow {
  readonly nodeId: string;
  readonly deviceId: string;
  readonly role: string;
  readonly expiresAt?: Date;
}

function membersOf(
  issued: readonly (Omit<MemberRow, "expiresAt"> & { serial: number; expiresAtMs: number })[],
): MemberRow[] {
  return issued.map(({ nodeId, deviceId, role, expiresAtMs }) => ({
    nodeId,
    deviceId,
    role,
    ...expiry(expiresAtMs),
  }));
}

function ownView(certificate: string, formation: Formation): MemberRow | undefined {
  const bytes = Uint8Array.fromBase64(certificate);
  const verdict = readMembership(bytes, formation, formation.keys.newest.startedAtMs);
  if (!verdict.ok) return undefined;
  const { nodeId, deviceId, role, expiresAtMs } = verdict.member;
  return { nodeId, deviceId, role, ...expiry(expiresAtMs) };
}

function expiry(expiresAtMs: number): { expiresAt?: Date } {
  return expiresAtMs === 0 ? {} : { expiresAt: new Date(expiresAtMs) };
}

function epochTable(out: Output, { epochs }: FormationView): string {
  type Row = FormationView["epochs"][number];
  return table<Row>(out, [
    { name: "epoch", cell: ({ epoch }) => epoch },
    { name: "state", cell: ({ state }) => state },
    { name: "started", cell: ({ startedAt }) => startedAt.toISOString() },
    { name: "grace", cell: ({ graceMs }) => formatDuration(graceMs) },
  ], epochs);
}

function memberTable(out: Output, members: readonly MemberRow[]): string {
  return table<MemberRow>(out, [
    { name: "node", cell: ({ nodeId }) => nodeId },
    { name: "role", cell: ({ role }) => role },
    { name: "device", cell: ({ deviceId }) => deviceId },
    { name: "expires", cell: ({ expiresAt }) => expiresAt?.toISOString() },
  ], members);
}
