import type { Beacon } from "../core/beacon/beacon.ts";
import type { Address } from "../core/kernel/ids.ts";
import { type Datagram, isSaidBy } from "../core/messages.ts";
import type { NodeInput } from "../core/node_io.ts";
import { withPort } from "../net/socket_address.ts";
import type { Credentials } from "../security/credentials.ts";
import { DatagramGate, type Rivalry } from "../security/datagram_gate.ts";
import type { FormationTime } from "../security/formation_time.ts";
import type { ReplayWindows } from "../security/replay_windows.ts";
import {
  DatagramSealer,
  INTRODUCTION_BYTES,
  type OpenedDatagram,
  SEAL_BYTES,
} from "../security/sealed_datagram.ts";
import { encodeDatagram } from "../wire/datagram.ts";
import { WIRE_LIMITS } from "../wire/limits.ts";
import type { Originals } from "../wire/peer_message.ts";
import { type DatagramCodec, Refusals } from "./datagram_codec.ts";

export interface SealedCodecOptions {
  readonly credentials: Credentials;
  /** The boot number, once the disk keeps it. */
  readonly boot: () => number | undefined;
  readonly time: FormationTime;
  readonly windows: ReplayWindows;
  /** Told what another says that runs under this node's id. */
  readonly onRival: (meeting: RivalMeeting) => void;
}

export type RivalMeeting = Omit<Extract<NodeInput, { kind: "rival" }>, "kind">;

/** Of a member: sealed for the formation, signed by the node, and refused when it is neither. */
export class SealedCodec implements DatagramCodec, Pick<Originals, "datagramOf" | "open"> {
  readonly #options: SealedCodecOptions;
  readonly #refused = new Refusals();
  /** As long as the core keeps a beacon, so long is there what its sender sealed. */
  readonly #originals = new WeakMap<Beacon, Uint8Array>();
  #sealer: DatagramSealer | undefined;
  #gate: DatagramGate | undefined;

  constructor(options: SealedCodecOptions) {
    this.#options = options;
  }

  encode(message: Datagram): Uint8Array | undefined {
    const sealer = this.#open()?.sealer;
    if (sealer === undefined) return undefined;
    // Beacons bring the certificate and the clock along, so that whoever meets the node can judge the rest.
    const isIntroduction = message.kind === "beacon";
    const sealBytes = SEAL_BYTES + (isIntroduction ? INTRODUCTION_BYTES : 0);
    const body = encodeDatagram(message, WIRE_LIMITS.datagramBytes - sealBytes);
    const { time } = this.#options;
    return sealer.seal(body, time.nowMs(), { wallMs: isIntroduction ? time.wallMs() : undefined });
  }

  decode(bytes: Uint8Array, from: Address = ""): Datagram | undefined {
    const gate = this.#open()?.gate;
    if (gate === undefined) return undefined;
    const verdict = gate.receive(bytes, withPort(from, 1));
    if (!verdict.ok) return this.#meetRival(verdict.rivalry, from);
    return this.#read(bytes, verdict);
  }

  datagramOf(beacon: Beacon): Uint8Array | undefined {
    return this.#originals.get(beacon);
  }

  open(datagram: Uint8Array): Beacon | undefined {
    const verdict = this.#open()?.gate.receiveRelayed(datagram);
    const message = verdict?.ok === true ? this.#read(datagram, verdict) : undefined;
    if (message === undefined || message.kind === "beacon") return message?.beacon;
    this.#refused.add("notRelayable");
    return undefined;
  }

  /** The message in a seal, if it is from whoever sealed it. */
  #read(bytes: Uint8Array, { body, member }: OpenedDatagram): Datagram | undefined {
    const message = this.#refused.decode(body);
    if (message === undefined) return undefined;
    if (!isSaidBy(message, member.nodeId)) {
      this.#refused.add("wrongSender");
      return undefined;
    }
    // Sockets read into the same memory again, so a copy is kept.
    if (message.kind === "beacon") this.#originals.set(message.beacon, bytes.slice());
    return message;
  }

  #meetRival(rivalry: Rivalry | undefined, from: Address): undefined {
    const message = rivalry && this.#refused.decode(rivalry.body);
    if (rivalry === undefined || message === undefined) return;
    if (!isSaidBy(message, this.#options.credentials.nodeId)) {
      this.#refused.add("wrongSender");
      return;
    }
    const { own, rival } = rivalry;
    this.#options.onRival({ from, message, own, rival });
  }

  rejected(): Readonly<Record<string, number>> {
    // A node hears its own multicast, and others' by two ways; that is no offence of anybody's.
    const { own: _own, copy: _copy, ...refused } = this.#gate?.refused() ?? {};
    return { ...refused, ...this.#refused.counts };
  }

  /** The gate, for whoever needs the certificates that came through it. */
  get gate(): DatagramGate | undefined {
    return this.#gate;
  }

  #open() {
    const boot = this.#options.boot();
    if (this.#sealer === undefined && boot !== undefined) {
      const { credentials, time, windows } = this.#options;
      this.#sealer = new DatagramSealer(credentials, boot);
      this.#gate = new DatagramGate(credentials, this.#sealer, time, windows);
    }
    if (this.#sealer === undefined || this.#gate === undefined) return undefined;
    return { sealer: this.#sealer, gate: this.#gate };
  }
}
