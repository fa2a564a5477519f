import type { Beacon } from "../core/beacon/beacon.ts";
import { isSameStatement } from "../core/election/beat.ts";
import type { Address } from "../core/kernel/ids.ts";
import { type Datagram, isSaidBy } from "../core/messages.ts";
import type { NodeInput } from "../core/node_io.ts";
import { withPort } from "../net/socket_address.ts";
import type { Credentials } from "../security/credentials.ts";
import { DatagramGate, type GateHooks, type Rivalry } from "../security/datagram_gate.ts";
import type { FormationTime } from "../security/formation_time.ts";
import type { FollowedPulse, PulseChain } from "../security/pulse_chain.ts";
import type { ReplayWindows } from "../security/replay_windows.ts";
import {
  DatagramSealer,
  INTRODUCTION_BYTES,
  type OpenedDatagram,
  SEAL_BYTES,
  type SealOptions,
} from "../security/sealed_datagram.ts";
import { isSealedPulse } from "../security/sealed_pulse.ts";
import { encodeDatagram, encodeRepeated, readDatagram } from "../wire/datagram.ts";
import { WIRE_LIMITS } from "../wire/limits.ts";
import type { Originals } from "../wire/peer_message.ts";
import { type DatagramCodec, Refusals } from "./datagram_codec.ts";

export interface SealedCodecOptions extends GateHooks {
  readonly credentials: Credentials;
  /** The boot number, once the disk keeps it. */
  readonly boot: () => number | undefined;
  readonly time: FormationTime;
  readonly windows: ReplayWindows;
  /** Told what another says that runs under this node's id. */
  readonly onRival: (meeting: RivalMeeting) => void;
}

export type RivalMeeting = Omit<Extract<NodeInput, { kind: "rival" }>, "kind">;

interface Chains {
  readonly chain: PulseChain;
  readonly acknowledged: PulseChain;
}

/** Of a member: sealed for the formation, signed by the node, and refused when it is neither. */
export class SealedCodec implements DatagramCodec, Pick<Originals, "datagramOf" | "open"> {
  readonly #options: SealedCodecOptions;
  readonly #refused = new Refusals();
  /** As long as the core keeps a beacon, so long is there what its sender sealed. */
  readonly #originals = new WeakMap<Beacon, Uint8Array>();
  #sealer: DatagramSealer | undefined;
  #chain: PulseChain | undefined;
  /** The chain that proves what its pulses acknowledge. */
  #acknowledged: PulseChain | undefined;
  /** What the last beacon to the group said, and pulses say again. */
  #said: Pick<Beacon, "pulseMs" | "beat"> = {};
  #gate: DatagramGate | undefined;

  constructor(options: SealedCodecOptions) {
    this.#options = options;
  }

  encode(message: Datagram): Uint8Array | undefined {
    const open = this.#open();
    if (open === undefined) return undefined;
    const { sealer, chain } = open;
    const pulse = this.#encodePulse(message, open);
    if (pulse !== undefined) return pulse;
    const { time } = this.#options;
    if (message.kind === "repeated") {
      const original = this.#originals.get(message.beacon);
      return original && sealer.seal(encodeRepeated(message, original), time.nowMs());
    }
    // Beacons bring the certificate and the clock along, so that whoever meets the node can judge the rest.
    const longestBytes = message.kind === "beacon"
      ? WIRE_LIMITS.beaconBytes - INTRODUCTION_BYTES
      : WIRE_LIMITS.datagramBytes;
    const body = encodeDatagram(message, longestBytes - SEAL_BYTES);
    if (message.kind !== "beacon") return sealer.seal(body, time.nowMs());
    const links = message.answer === true
      // The group does not hear it, so nothing that the group is to follow begins with it.
      ? { link: chain.link(message.beacon.sequence) }
      : this.#anchor(message.beacon, open);
    return sealer.seal(body, time.nowMs(), { wallMs: time.wallMs(), ...links });
  }

  #anchor(beacon: Beacon, { chain, acknowledged }: Chains): SealOptions {
    const { sequence, beat } = beacon;
    const news = !this.#saysTheSame(beacon);
    this.#said = beacon;
    const link = chain.anchor(sequence, { news });
    if (beat?.kind !== "acknowledgement") return { link };
    return { link, heardLink: acknowledged.anchor(beat.heard, { news }) };
  }

  #saysTheSame({ pulseMs, beat }: Pick<Beacon, "pulseMs" | "beat">): boolean {
    const { pulseMs: saidMs, beat: said } = this.#said;
    return pulseMs === saidMs && beat?.cellId === said?.cellId && isSameStatement(beat, said);
  }

  /**
   * A pulse to the group that says nothing but that its sender's last beacon still holds, and what
   * it heard since. Any other is signed, as all else is.
   */
  #encodePulse(
    message: Datagram,
    { sealer, chain, acknowledged }: Chains & { readonly sealer: DatagramSealer },
  ): Uint8Array | undefined {
    if (message.kind !== "pulse" || message.direct === true) return undefined;
    const { sequence, beat } = message.pulse;
    if (!this.#saysTheSame(message.pulse)) return undefined;
    const heard = beat?.kind === "acknowledgement" ? beat.heard : undefined;
    const numbers = heard === undefined ? [sequence] : [sequence, heard];
    const links = [
      chain.link(sequence),
      heard === undefined ? undefined : acknowledged.link(heard),
    ];
    const proofs = numbers.flatMap((number, index) => {
      const link = links[index];
      return link === undefined ? [] : [{ number, link }];
    });
    if (proofs.length < numbers.length) return undefined;
    return sealer.sealPulse(proofs, this.#options.time.nowMs());
  }

  decode(bytes: Uint8Array, from: Address = ""): Datagram | undefined {
    const gate = this.#open()?.gate;
    if (gate === undefined) return undefined;
    const host = withPort(from, 1);
    if (isSealedPulse(bytes)) return readPulse(gate.receivePulse(bytes, host));
    const verdict = gate.receive(bytes, host);
    if (!verdict.ok) return this.#meetRival(verdict.rivalry, from);
    const message = this.#read(bytes, verdict);
    if (message?.kind !== "beacon") return message;
    const { boot, sequence, pulseMs, beat } = message.beacon;
    if (pulseMs !== undefined) gate.follow(bytes, verdict, { boot, sequence, pulseMs, beat });
    return message;
  }

  datagramOf(beacon: Beacon): Uint8Array | undefined {
    return this.#originals.get(beacon);
  }

  open(datagram: Uint8Array): Beacon | undefined {
    const verdict = this.#open()?.gate.receiveRelayed(datagram);
    if (verdict?.ok !== true) return undefined;
    // What is handed on in what is handed on is not even looked at.
    const message = this.#read(datagram, verdict, () => this.#refuseRelayed());
    if (message === undefined || message.kind === "beacon") return message?.beacon;
    return this.#refuseRelayed();
  }

  #refuseRelayed(): undefined {
    this.#refused.add("notRelayable");
  }

  /** Seals what goes to another node over others; undefined while there is no number for it. */
  sealEnvelope(body: Uint8Array): Uint8Array | undefined {
    const nowMs = this.#options.time.nowMs();
    return this.#open()?.sealer.seal(body, nowMs, { purpose: "envelope" });
  }

  /** What another node sealed so, whoever it is for. Whether it is new is the receiver's affair. */
  openEnvelope(sealed: Uint8Array): OpenedDatagram | undefined {
    const verdict = this.#open()?.gate.receiveRelayed(sealed, "envelope");
    return verdict?.ok === true ? verdict : undefined;
  }

  /** The message in a seal, if it is from whoever sealed it. */
  #read(
    bytes: Uint8Array,
    { body, member }: OpenedDatagram,
    open: (datagram: Uint8Array) => Beacon | undefined = (datagram) => this.open(datagram),
  ): Datagram | undefined {
    const message = this.#refused.decode(body, (its) => readDatagram(its, open));
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
      this.#chain = this.#sealer.chain();
      this.#acknowledged = this.#sealer.chain();
      this.#gate = new DatagramGate(credentials, this.#sealer, time, windows, this.#options);
    }
    const [sealer, gate] = [this.#sealer, this.#gate];
    const [chain, acknowledged] = [this.#chain, this.#acknowledged];
    if (sealer === undefined || gate === undefined) return undefined;
    return chain && acknowledged && { sealer, chain, acknowledged, gate };
  }
}

function readPulse(followed: FollowedPulse | undefined): Datagram | undefined {
  if (followed === undefined) return undefined;
  const { member: { nodeId }, boot, number: sequence, pulseMs, beat } = followed;
  const pulse = { nodeId, boot, sequence, pulseMs, ...(beat === undefined ? {} : { beat }) };
  return { kind: "pulse", pulse };
}
