import { command } from "../../src/cli/command.ts";
import { usageFailure } from "../../src/cli/failure.ts";
import { argument, option, toggle } from "../../src/cli/flags.ts";
import { toJsonText } from "../../src/cli/json.ts";
import { choice, duration, filePath, named, text } from "../../src/cli/kind.ts";
import type { Output } from "../../src/cli/output.ts";
import { handOver, readDocument } from "./documents.ts";
import { dryRunMark, fields } from "./fields.ts";

export const invite = command({
  examples: [
    ["peat formation invite alpha.json --request drone-1.req > drone-1.invite", "answer a request"],
    ["peat formation invite alpha.json --request - --expires 24h", "the same for a day, by a pipe"],
    [
      "peat formation invite shared.json --out - | ssh drone-1 peat formation join -",
      "copy a secret",
    ],
  ],
  description: "An enrolled formation answers a request with an invite, which is no secret: it " +
    "opens on the node that asked and nowhere else. A shared formation's invite is its secret, " +
    "so it goes to a file that only you can read, or into a pipe.",
  flags: {
    request: option(filePath, "the node's request, or - for standard input"),
    node: option(named("ID", text), "refuse a request that is not from this node"),
    role: option(
      choice("observer", "member", "operator", "leader", "admin"),
      "what the node may do",
      { default: "member" },
    ),
    expiresMs: option(duration, "how long it is a member; otherwise for ever"),
    out: option(filePath, "where the invite goes, - for standard output"),
    dryRun: toggle("make sure that it can be done, and do nothing"),
  },
  args: { file: argument(filePath, "the formation's file") },
  async run({ flags, args, out }) {
    const { readFormationFile } = await import("../../src/security/formation_record.ts");
    const record = readFormationFile(args.file);
    const { out: path, dryRun: isDryRun } = flags;
    if (record.holds === "secret") {
      if (flags.request !== undefined) throw needsNoRequest(record.name);
      const { formationText } = await import("../../src/security/formation_record.ts");
      refuseOpenSecret(out, path);
      await handOver(out, formationText(record), { path, isDryRun });
      if (path !== "-") report(out, { formation: record.name, file: path, isDryRun });
      return;
    }
    if (flags.request === undefined) throw needsRequest(record.name);
    const { makeInvite } = await import("../../src/security/enrolment.ts");
    const { replaceFormationFile } = await import("../../src/security/formation_record.ts");
    const nowMs = Date.now();
    const { role, node: nodeId, expiresMs } = flags;
    const expiresAtMs = expiresMs === undefined ? 0 : nowMs + expiresMs;
    const request = await readDocument(flags.request);
    const made = makeInvite(record, request, { role, nodeId, nowMs, expiresAtMs });
    // The member is on the record before anybody holds what makes it one.
    if (!isDryRun) replaceFormationFile(args.file, made.record);
    const isPrinted = path === undefined || path === "-";
    if (!(isPrinted && isDryRun)) {
      await handOver(out, `${toJsonText(made.invite)}\n`, { path, isDryRun });
    }
    if (isPrinted && !isDryRun) return;
    const { formation, nodeId: node } = made.invite;
    report(out, { formation, node, role, expiresAtMs, file: path, isDryRun });
  },
});

interface Report {
  readonly formation: string;
  readonly file: string | undefined;
  readonly node?: string;
  readonly role?: string;
  readonly expiresAtMs?: number;
  readonly isDryRun: boolean;
}

function report(out: Output, { isDryRun, node: nodeId, expiresAtMs, ...rest }: Report): void {
  const expiresAt = expiresAtMs ? new Date(expiresAtMs) : undefined;
  const invite = { ...rest, nodeId, expiresAt, ...dryRunMark(isDryRun) };
  out.value("invite", invite, () =>
    fields([
      [isDryRun ? "would invite" : "invited", nodeId ?? "whoever has the file"],
      ["formation", rest.formation],
      ["role", rest.role],
      ["expires", expiresAt?.toISOString()],
      ["file", rest.file],
    ]));
}

function needsRequest(name: string) {
  return usageFailure(
    `Cannot invite to ${name}: it is enrolled, and the node's request is missing`,
    "run `peat formation join --request --node ID` on the node and give the file to --request",
  );
}

function needsNoRequest(name: string) {
  return usageFailure(
    `Cannot answer a request: ${name} is shared, and its file is the invite`,
    "leave out --request",
  );
}

function refuseOpenSecret(out: Output, path: string | undefined): void {
  const isOpen = path === undefined || (path === "-" && out.isTerminal);
  if (!isOpen) return;
  throw usageFailure(
    "Cannot show the invite: a shared formation's invite is its secret",
    "add --out FILE, or --out - into a pipe",
  );
}
