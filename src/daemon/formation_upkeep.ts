import type { NodeId } from "../core/kernel/ids.ts";
import { OperatingError } from "../core/kernel/operating_error.ts";
import { notAuthenticated } from "../core/kernel/refusals.ts";
import { type Millis, SECOND } from "../core/kernel/time.ts";
import type { NodeInput } from "../core/node_io.ts";
import type { AuditLog } from "../security/audit_log.ts";
import type { Credentials } from "../security/credentials.ts";
import type { DatagramGate } from "../security/datagram_gate.ts";
import { readFormationFile } from "../security/formation_record.ts";
import type { FormationTime } from "../security/formation_time.ts";
import { readLearnt, writeLearnt } from "../security/learnt.ts";
import type { RevokedDevice } from "../security/revocation.ts";
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";

/** How soon a file that changed is read again, and how late a certificate's end may be noticed. */
const LOOK_EVERY_MS: Millis = 1 * SECOND;

/** How long a member that was put out stays connected, so that it can be told why. */
const FAREWELL_MS: Millis = 300;

export interface FormationUpkeepOptions {
  readonly credentials: Credentials;
  readonly formationPath: string;
  readonly dataDir: string;
  readonly time: FormationTime;
  /** Undefined before the node's first beacon. */
  readonly gate: () => DatagramGate | undefined;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly hand: (input: NodeInput) => void;
  /** Ends the node. */
  readonly fail: (error: OperatingError) => void;
  readonly log: Log;
}

/**
 * Keeps a running member up with its formation: whom the authority puts out, whose time is
 * over, new keys, and a file that was changed under it. Whatever it learns it keeps, uses at once, and hands on.
 */
export class FormationUpkeep {
  readonly #options: FormationUpkeepOptions;
  #cancel: () => void = () => {};
  #fileStamp: string;
  #shown: Uint8Array;
  #onCertificate: () => void = () => {};

  constructor(options: FormationUpkeepOptions) {
    this.#options = options;
    this.#fileStamp = stampOf(options.formationPath);
    this.#shown = this.#certificate;
  }

  /** Brings credentials that were just opened up to what the node had learnt before. */
  static recall(credentials: Credentials, dataDir: string): void {
    const { revocations, groupKeys } = readLearnt(learntPath(dataDir), credentials.formation.id);
    for (const entry of revocations) credentials.takeRevocation(entry);
    for (const proof of groupKeys) credentials.takeGroupKey(proof);
    if (credentials.isOut) throw ownEnd(credentials);
  }

  /** Looks after the file from now on. `onCertificate` is called when the node shows another one. */
  watch(onCertificate: () => void): void {
    this.#onCertificate = onCertificate;
    this.#schedule();
    this.#tellHeld();
  }

  close(): void {
    this.#cancel();
  }

  /**
   * Takes what is genuine of the revocations, whoever handed them on: each proves itself. Answers
   * how many were not.
   */
  takeRevocations(entries: readonly Uint8Array[], from: NodeId): number {
    const { credentials } = this.#options;
    const before = credentials.revocations.refused;
    const revoked = entries.flatMap((entry) => credentials.takeRevocation(entry) ?? []);
    this.#use({ revoked }, { from });
    return credentials.revocations.refused - before;
  }

  /**
   * Takes group keys from a member that knows of the same revocations as this node. One that knows of
   * fewer may hand them to somebody who was put out. Answers whether they were genuine.
   */
  takeGroupKeys(proofs: readonly Uint8Array[], digest: string, from: NodeId): boolean {
    const { credentials } = this.#options;
    if (digest !== credentials.revocations.digest()) return true;
    try {
      const epoch = proofs.flatMap((proof) => credentials.takeGroupKey(proof) ?? []).at(-1);
      this.#use({ revoked: [], ...(epoch === undefined ? {} : { epoch }) }, { from });
      return true;
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      return false;
    }
  }

  revocationOf(deviceId: string): Uint8Array | undefined {
    return this.#options.credentials.revocations.entryOf(deviceId);
  }

  groupKeysAfter(epoch: number): readonly Uint8Array[] {
    return this.#options.credentials.groupKeysAfter(epoch);
  }

  get #certificate(): Uint8Array {
    const { credentials, time } = this.#options;
    return credentials.member(time.nowMs()).certificate;
  }

  #schedule(): void {
    const { clock, gate } = this.#options;
    this.#cancel = clock.schedule(LOOK_EVERY_MS, () => {
      this.#look();
      // Nobody may say a word when the time of somebody who is connected is over.
      gate()?.expire();
      this.#schedule();
    });
  }

  #look(): void {
    const { formationPath, credentials, log } = this.#options;
    const stamp = stampOf(formationPath);
    if (stamp !== this.#fileStamp && stamp !== "") {
      this.#fileStamp = stamp;
      try {
        this.#use(credentials.renew(readFormationFile(formationPath)), { from: "file" });
        log.info("took up the formation's file, which changed", { path: formationPath });
      } catch (error) {
        if (!(error instanceof OperatingError)) throw error;
        log.warn(error.message, { hint: error.hint ?? "" });
      }
    }
    const certificate = this.#certificate;
    if (certificate === this.#shown) return;
    this.#shown = certificate;
    this.#onCertificate();
  }

  #use(
    { revoked, epoch }: { revoked: readonly RevokedDevice[]; epoch?: number },
    source: { readonly from: string },
  ): void {
    const { credentials, time, audit, log } = this.#options;
    if (revoked.length === 0 && epoch === undefined) return;
    this.#keep();
    if (epoch !== undefined) {
      time.rotated(credentials.formation.keys.newest.startedAtMs);
      audit.append("rotated", { epoch, ...source });
      log.info("took up new keys", { epoch, ...source });
    }
    for (const device of revoked) this.#putOut(device, source);
    audit.sign();
    this.#tellHeld();
  }

  #putOut({ deviceId, revokedAtMs }: RevokedDevice, source: { readonly from: string }): void {
    const { credentials, gate, time, audit, clock, hand, fail, log } = this.#options;
    const nodeId = gate()?.certificates.findDevice(deviceId)?.nodeId;
    const who = { deviceId, ...(nodeId === undefined ? {} : { nodeId }) };
    audit.append("revoked", { ...who, ...source });
    log.info("a device was put out of the formation", { ...who, ...source });
    if (credentials.isOut) return fail(ownEnd(credentials));
    time.revoked(deviceId, revokedAtMs);
    if (nodeId === undefined) return;
    clock.schedule(FAREWELL_MS, () => {
      gate()?.certificates.forget(deviceId);
      hand({ kind: "revoked", peer: nodeId });
    });
  }

  #keep(): void {
    const { credentials, dataDir, log } = this.#options;
    const { formation, revocations } = credentials;
    try {
      writeLearnt(learntPath(dataDir), formation.id, {
        revocations: revocations.entries(),
        groupKeys: credentials.groupKeysAfter(0),
      });
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      log.warn(error.message, { hint: error.hint ?? "" });
    }
  }

  /** A shared formation has no authority whose word could spread. */
  #tellHeld(): void {
    const { credentials, hand } = this.#options;
    const { revocations, formation } = credentials;
    if (formation.kind === "shared" || credentials.isOut) return;
    hand({
      kind: "trust",
      deviceIds: revocations.deviceIds(),
      digest: revocations.digest(),
      epoch: formation.keys.newest.number,
    });
  }
}

function learntPath(dataDir: string): string {
  return `${dataDir}/learnt.json`;
}

function ownEnd({ formation, nodeId }: Credentials): OperatingError {
  return notAuthenticated(
    `Cannot go on as ${nodeId} in ${formation.name}: this device was revoked`,
    {
      code: "revoked",
      hint: "to come back as a new device, remove identity.json and formation.json and join again",
    },
  );
}

/** Changes whenever the file does; empty while there is none. */
function stampOf(path: string): string {
  try {
    const { mtime, size, ino } = Deno.statSync(path);
    return [mtime?.getTime(), size, ino].join();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
