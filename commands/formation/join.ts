import { command } from "../../src/cli/command.ts";
import { ExitCode } from "../../src/cli/exit_code.ts";
import { Failure, usageFailure } from "../../src/cli/failure.ts";
import { option, optionalArgument, toggle } from "../../src/cli/flags.ts";
import { inputName } from "../../src/cli/input.ts";
import { toJsonText } from "../../src/cli/json.ts";
import { filePath, named, text } from "../../src/cli/kind.ts";
import { defaultDataDirectory } from "../../src/control/places.ts";
import type { Identity } from "../../src/security/identity.ts";
import { checkedName, readDocument } from "./documents.ts";
import { dryRunMark, fields } from "./fields.ts";
import { keepJoined } from "./keep_joined.ts";

export const join = command({
  examples: [
    ["peat formation join --request --node drone-1 > drone-1.req", "ask to be a member"],
    ["peat formation join drone-1.invite", "take up the answer"],
    ["peat formation join - --fingerprint 0123456789abcdef < FILE", "only this very formation"],
  ],
  description: "Makes the device's own key on the first use. The key never leaves the data " +
    "directory, and neither a request nor its answer is a secret. Joining again takes up new keys.",
  flags: {
    request: toggle("print a request for an invite"),
    node: option(named("ID", text), "the node's name in its formation"),
    fingerprint: option(named("HEX", text), "refuse any other formation"),
    out: option(filePath, "where the formation's file goes; otherwise into the data directory"),
    dryRun: toggle("make sure that it can be done, and join nothing"),
  },
  args: { invite: optionalArgument(filePath, "the invite; - is standard input") },
  async run({ flags, args, settings, out, env }) {
    const directoryOf = (nodeId: string | undefined) =>
      settings.dataDir ?? defaultDataDirectory(env, nodeId);
    const { acceptInvite, invitedNodeId, makeRequest } = await import(
      "../../src/security/enrolment.ts"
    );
    if (flags.request) {
      if (flags.node === undefined || args.invite !== undefined) throw badRequest();
      const nodeId = checkedName("node id", flags.node);
      const identity = await openIdentityIn(directoryOf(nodeId));
      return out.text(toJsonText(makeRequest(identity, nodeId)));
    }
    if (args.invite === undefined) throw noInvite();
    const document = await readDocument(args.invite);
    const nodeId = flags.node ?? invitedNodeId(document);
    const directory = directoryOf(nodeId);
    const identity = await openIdentityIn(directory, { isDryRun: flags.dryRun });
    const record = acceptInvite(document, inputName(args.invite), identity);
    const { Formation } = await import("../../src/security/formation.ts");
    const { JOINED_FILE } = await import("../../src/security/formation_record.ts");
    const { name, kind, fingerprint } = new Formation(record);
    if (flags.fingerprint !== undefined && flags.fingerprint !== fingerprint) {
      throw otherFormation(name, fingerprint);
    }
    const file = flags.out ?? `${directory}/${JOINED_FILE}`;
    if (!flags.dryRun) await keepJoined(file, record);
    const { deviceId } = identity;
    const joined = { formation: name, kind, fingerprint, nodeId, deviceId, file };
    out.value("joined", { ...joined, ...dryRunMark(flags.dryRun) }, () =>
      fields([
        [flags.dryRun ? "would join" : "joined", name],
        ["kind", kind],
        ["fingerprint", fingerprint],
        ["node", nodeId],
        ["device", deviceId],
        ["file", file],
      ]));
  },
});

/** The node's first run may still be ahead, so its data directory may have to be made. */
async function openIdentityIn(directory: string, { isDryRun = false } = {}): Promise<Identity> {
  const identities = await import("../../src/security/identity.ts");
  if (isDryRun && identities.existingDeviceId(directory) === undefined) {
    return identities.makeIdentity();
  }
  Deno.mkdirSync(directory, { recursive: true, mode: 0o700 });
  return identities.openIdentity(directory);
}

function badRequest() {
  return usageFailure(
    "Cannot make a request: it takes --node ID, and no invite",
    "write it like: peat formation join --request --node drone-1",
  );
}

function noInvite() {
  return usageFailure(
    "Cannot join: the invite is missing",
    "name its file, or - for standard input; --request asks for one",
  );
}

function otherFormation(name: string, fingerprint: string) {
  return new Failure(`Cannot join ${name}: its fingerprint is ${fingerprint}`, {
    exitCode: ExitCode.notAuthenticated,
    hint: "ask whoever made the invite which one is right",
  });
}
