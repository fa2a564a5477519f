import * as v from "valibot";
import { malformed, notAuthenticated } from "../core/kernel/refusals.ts";
import { utf8 } from "./bytes.ts";
import { deviceIdOf, sha256 } from "./digest.ts";
import { SigningKey } from "./ed25519.ts";
import { createPrivateFile, privateFileExists, readPrivateFile } from "./private_file.ts";
import { BoxKey } from "./sealed_box.ts";

const FORMAT = "peat-identity/1";
const WHAT = "the node's identity";

const schema = v.strictObject({
  format: v.literal(FORMAT),
  signingKey: v.string(),
  boxKey: v.string(),
  /** A mark of the machine that made the key; empty where machines have no id. */
  machine: v.string(),
});

/** A device's own keys, made where they are used. They never leave the data directory. */
export interface Identity {
  readonly deviceId: string;
  readonly signingKey: SigningKey;
  /** Under which an authority hands it the group keys. */
  readonly boxKey: BoxKey;
}

export interface IdentityOptions {
  /** What this machine is called by its system, empty when by nothing. */
  readonly machineId?: string;
}

export function identityPath(directory: string): string {
  return `${directory}/identity.json`;
}

/**
 * Reads the identity in a data directory, or makes it on the first run. The directory must be there.
 * A key that came here with a disk image is refused: two machines with one key are one device to
 * everybody else, who would take either's words for the other's.
 */
export function openIdentity(
  directory: string,
  { machineId = readMachineId() }: IdentityOptions = {},
): Identity {
  const path = identityPath(directory);
  return privateFileExists(path) ? read(path, machineId) : make(path, machineId);
}

/** The device whose data directory this is, if it is one's. */
export function existingDeviceId(directory: string): string | undefined {
  const path = identityPath(directory);
  if (!privateFileExists(path)) return undefined;
  return parse(readPrivateFile(path, WHAT), path).identity.deviceId;
}

/** New keys, kept nowhere. */
export function makeIdentity(): Identity {
  return identityOf(SigningKey.generate(), BoxKey.generate());
}

function make(path: string, machineId: string): Identity {
  const identity = makeIdentity();
  const file = {
    format: FORMAT,
    signingKey: identity.signingKey.toPem(),
    boxKey: identity.boxKey.toPem(),
    machine: machineMark(machineId, identity.signingKey.publicKey),
  };
  createPrivateFile(path, `${JSON.stringify(file, null, 2)}\n`, WHAT);
  return identity;
}

function read(path: string, machineId: string): Identity {
  const text = readPrivateFile(path, WHAT);
  const { identity, machine } = parse(text, path);
  const mark = machineMark(machineId, identity.signingKey.publicKey);
  if (machine !== "" && mark !== "" && machine !== mark) {
    throw notAuthenticated(`Cannot use ${WHAT} ${path}: it was made on another machine`, {
      code: "identity-cloned",
      hint: `remove it to make a new one, and let the node join again`,
    });
  }
  return identity;
}

function parse(text: string, path: string): { identity: Identity; machine: string } {
  try {
    const { signingKey, boxKey, machine } = v.parse(schema, JSON.parse(text));
    const identity = identityOf(SigningKey.fromPem(signingKey), BoxKey.fromPem(boxKey));
    return { identity, machine };
  } catch {
    // The causes show pieces of the file, which are secret.
    throw malformed(`Cannot use ${WHAT} ${path}: it is damaged`, {
      code: "identity-damaged",
      hint: "restore it, or remove it to make a new one and let the node join again",
    });
  }
}

function identityOf(signingKey: SigningKey, boxKey: BoxKey): Identity {
  return { deviceId: deviceIdOf(signingKey.publicKey), signingKey, boxKey };
}

/** Nobody learns the machine's id from the mark, nor sees that two marks are of one machine. */
function machineMark(machineId: string, publicKey: Uint8Array): string {
  return machineId === "" ? "" : sha256(utf8(`peat/1 machine ${machineId}`), publicKey).toHex();
}

function readMachineId(): string {
  try {
    return Deno.readTextFileSync("/etc/machine-id").trim();
  } catch {
    return "";
  }
}
