import { command } from "../src/cli/command.ts";
import { formatDuration } from "../src/cli/duration.ts";
import { ExitCode } from "../src/cli/exit_code.ts";
import { argument, option, optionalArgument, toggle } from "../src/cli/flags.ts";
import { choice, duration, filePath, named, text } from "../src/cli/kind.ts";
import { defaultDataDirectory } from "../src/control/places.ts";
import { confirmed } from "./formation/confirmed.ts";
import { checkedName } from "./formation/documents.ts";
import { dryRunMark, fields } from "./formation/fields.ts";

export { invite } from "./formation/invite.ts";
export { join } from "./formation/join.ts";

const FLAGS = {
  yes: toggle("do it without asking"),
  dryRun: toggle("say what would be done, and do nothing"),
};

const FILE = argument(filePath, "the formation's file");

export const create = command({
  examples: [
    ["peat formation create alpha", "one secret for all, in alpha.formation.json"],
    ["peat formation create alpha --kind enrolled", "a key that makes members one by one"],
  ],
  description: "In a shared formation whoever has the file is a member. In an enrolled one the " +
    "file makes members and stays where it is, and a stolen node can be revoked; see `peat help " +
    "security`.",
  flags: {
    kind: option(choice("shared", "enrolled"), "how nodes become members", { default: "shared" }),
    out: option(filePath, "where the file goes; otherwise NAME.formation.json here"),
    dryRun: FLAGS.dryRun,
  },
  args: { name: argument(named("NAME", text), "what people call the formation") },
  async run({ flags, args, out }) {
    const { createFormation } = await import("../src/security/formation_life.ts");
    const { createFormationFile } = await import("../src/security/formation_record.ts");
    const { Formation } = await import("../src/security/formation.ts");
    const name = checkedName("formation name", args.name);
    const record = createFormation(name, flags.kind, Date.now());
    const file = flags.out ?? `${name}.formation.json`;
    if (!flags.dryRun) createFormationFile(file, record);
    const { kind, fingerprint } = new Formation(record);
    // The keys of a dry run are thrown away, and their fingerprint with them.
    const made = flags.dryRun ? { dryRun: true } : { fingerprint };
    out.value("formation", { formation: name, kind, file, ...made }, () =>
      fields([
        [flags.dryRun ? "would make" : "made", name],
        ["kind", kind],
        ["fingerprint", made.fingerprint],
        ["file", file],
      ]));
  },
});

export const show = command({
  examples: [
    ["peat formation show alpha.formation.json", "what the file is, without its secrets"],
    ["peat formation show FILE --json | jq -r .fingerprint", "what two people compare"],
  ],
  args: { file: FILE },
  async run({ args, out }) {
    const { readFormationFile } = await import("../src/security/formation_record.ts");
    const { Formation } = await import("../src/security/formation.ts");
    const { formationText, formationView } = await import("./formation/view.ts");
    const record = readFormationFile(args.file);
    const view = formationView(record, new Formation(record), Date.now());
    out.value("formation", view, () => formationText(out, view));
  },
});

export const revoke = command({
  examples: [
    ["peat formation revoke alpha.json drone-7 --yes", "put out a stolen node"],
    ["peat formation revoke alpha.json drone-7 --dry-run", "see which devices that would be"],
  ],
  description: "The device stays out for ever; another one may take its node's name. A node that " +
    "runs with this file, or with an invite made after, tells all others within seconds. Rotate " +
    "the group key afterwards, so that it cannot even listen.",
  flags: FLAGS,
  args: {
    file: FILE,
    target: argument(named("NODE|DEVICE", text), "the node's name, or a device's id"),
  },
  async run({ flags, args, out }) {
    const records = await import("../src/security/formation_record.ts");
    const { revoke } = await import("../src/security/formation_life.ts");
    const before = records.readFormationFile(args.file);
    const { record, nodeId, deviceIds } = revoke(before, args.target, Date.now());
    if (!flags.dryRun) {
      confirmed(`revoke ${args.target} for ever`, flags.yes);
      records.replaceFormationFile(args.file, record);
    }
    const revoked = { formation: record.name, nodeId, deviceIds, ...dryRunMark(flags.dryRun) };
    out.value("revoked", revoked, () =>
      fields([
        [flags.dryRun ? "would revoke" : "revoked", nodeId ?? args.target],
        ["devices", deviceIds.join(", ")],
        ["formation", record.name],
      ]));
  },
});

export const rotate = command({
  examples: [
    ["peat formation rotate alpha.json", "new keys; the old ones are good for a day"],
    ["peat formation rotate alpha.json --grace 0s --yes", "cut off whoever lacks the new file now"],
  ],
  description: "Hand a shared formation's new file to every machine within the grace. In an " +
    "enrolled one it is enough that one running node gets it, or a new invite: the key spreads. " +
    "For the first half of the grace they go on with the old keys, for its second half " +
    "they use the new ones, and both open everything until its end.",
  flags: {
    graceMs: option(duration, "how long the old keys are still good", { default: "24h" }),
    ...FLAGS,
  },
  args: { file: FILE },
  async run({ flags, args, out }) {
    const records = await import("../src/security/formation_record.ts");
    const { rotateFormation } = await import("../src/security/formation_life.ts");
    const { Formation } = await import("../src/security/formation.ts");
    const { graceMs } = flags;
    const before = records.readFormationFile(args.file);
    const record = rotateFormation(before, { graceMs, nowMs: Date.now() });
    if (!flags.dryRun) {
      // Only a rotation without a grace cuts anybody off at once.
      confirmed(`cut off all machines of ${record.name}`, flags.yes || graceMs > 0);
      records.replaceFormationFile(args.file, record);
    }
    const { fingerprint, keys } = new Formation(record);
    const epoch = keys.newest.number;
    const made = flags.dryRun ? { dryRun: true } : { fingerprint };
    out.value("rotated", { formation: record.name, epoch, graceMs, ...made }, () =>
      fields([
        [flags.dryRun ? "would rotate" : "rotated", record.name],
        ["epoch", String(epoch)],
        ["grace", formatDuration(graceMs)],
        ["fingerprint", made.fingerprint],
      ]));
  },
});

export const audit = command({
  examples: [
    ["peat formation audit --data-dir /var/lib/peat", "check the log of the node there"],
    ["peat formation audit audit.ndjson --json | jq .firstBreak", "check a copy of one file"],
  ],
  description: "Exit code 1 when an entry was changed, dropped or inserted; the first such entry " +
    "is named.",
  args: { file: optionalArgument(filePath, "one file; otherwise all of the data directory's") },
  async run({ args, settings, out, env }) {
    const { checkAuditLog } = await import("../src/security/audit_check.ts");
    const { existingDeviceId } = await import("../src/security/identity.ts");
    const directory = settings.dataDir ?? defaultDataDirectory(env, settings.id);
    const report = args.file === undefined
      ? checkAuditLog(directory, existingDeviceId(directory))
      : checkAuditLog(args.file);
    const { isIntact, ...rest } = report;
    const { firstBreak } = rest;
    out.value("audit", { verdict: isIntact ? "intact" : "broken", ...rest }, () =>
      fields([
        ["verdict", isIntact ? "intact" : "broken"],
        ["broken at", firstBreak && `${firstBreak.file}:${firstBreak.line}`],
        ["because", firstBreak?.reason],
        ["entries", String(report.entries)],
        ["signatures", String(report.signatures)],
        ["unsigned", String(report.unsigned)],
        ["device", report.deviceId],
      ]));
    return isIntact ? ExitCode.done : ExitCode.failed;
  },
});
