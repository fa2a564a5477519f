import { randomBytes } from "node:crypto";
import type { CellBeat } from "../core/cell/beat.ts";
import { BoundedMap } from "../core/kernel/bounded_map.ts";
import type { Millis } from "../core/kernel/time.ts";
import { sameBytes } from "./bytes.ts";
import { sha256 } from "./digest.ts";
import type { Member } from "./membership.ts";

/** As many bits as any key here has. */
export const LINK_BYTES = 16;

/** Of a sender whose pulses are signed. Nobody knows what hashes to it. */
export const NO_LINK = new Uint8Array(LINK_BYTES);

/** A chain is made in a millisecond or two, and lasts a few minutes. */
const CHAIN_LINKS = 256;

/** A beacon begins a new chain when this one would hardly last until the next beacon. */
const SPARE_LINKS = 64;

/** How far a pulse may be beyond what was heard last. A beacon comes long before that. */
export const LONGEST_GAP = 64;

/** Pulses say their numbers to within this, which is far enough beyond the longest gap. */
const NUMBERS_TOLD_APART = 256;

/** As many senders as a node knows peers. */
const SENDERS = 4_096;

/**
 * How a node proves its pulses without signing each. It draws a secret and hashes it over and over;
 * what comes last goes out first. Every signed beacon shows the link of its own number, every pulse
 * that of its own, and each is the hash of the next: so only who knows the secret can show the next,
 * and everybody can check it. A link proves the number that it belongs to, and nothing else.
 */
export class PulseChain {
  readonly #life: Uint8Array;
  #links: Uint8Array[] = [];
  #first = 0;
  #isAwaited = true;

  /** The life goes into every hash, so that no work on one chain is any good for another. */
  constructor(life: Uint8Array) {
    this.#life = life;
  }

  /**
   * The link that a beacon shows. Beacons are signed, and so may begin a chain. The first shows none:
   * others wait for it, and no pulse comes before the second. What is `news` begins one in any case,
   * so that nobody who missed the beacon takes a pulse for what it said before.
   */
  anchor(number: number, { news = false } = {}): Uint8Array {
    if (this.#isAwaited) {
      this.#isAwaited = false;
      return NO_LINK;
    }
    const link = this.#links[number - this.#first];
    const left = this.#links.length - (number - this.#first);
    if (!news && link !== undefined && left > SPARE_LINKS) return link;
    this.#first = number;
    this.#links = chainOf(this.#life);
    return this.#links[0]!;
  }

  /** Undefined where no beacon began a chain that reaches so far. */
  link(number: number): Uint8Array | undefined {
    return this.#links[number - this.#first];
  }
}

/** What is known of a peer's life, from its last beacon and the pulses since. */
interface Followed {
  readonly member: Member;
  readonly boot: number;
  readonly number: number;
  readonly link: Uint8Array;
  readonly pulseMs: Millis;
  /** What it says to its cell. */
  readonly beat?: CellBeat;
  /** Proves which of its leader's signs of life it heard last, where it says so. */
  readonly heardLink?: Uint8Array;
}

/** A number, and its link in a chain that has one for each. */
export interface Proof {
  readonly number: number;
  readonly link: Uint8Array;
}

/** A proof as a pulse has it. Whoever follows the chain knows the number from its lowest byte. */
export interface Shown {
  readonly lowByte: number;
  readonly link: Uint8Array;
}

export function lowByteOf(number: number): number {
  return number % NUMBERS_TOLD_APART;
}

export type FollowedPulse = Pick<Followed, "member" | "boot" | "number" | "pulseMs" | "beat">;

export type PulseRefusal =
  /** No beacon of this life has been heard. */
  | "unknownDevice"
  /** Heard before, or older than what was. */
  | "replayed"
  /** Does not follow from what its sender signed. */
  | "badPulse";

/**
 * Follows the chains of others: one life of each device, and of each life the device that was first
 * heard in it, so that nobody takes another's place by naming its life.
 */
export class ChainFollower {
  readonly #lives = new BoundedMap<string, Followed>(SENDERS, "evict-oldest");
  readonly #lifeOf = new BoundedMap<string, string>(SENDERS, "evict-oldest");

  /** A beacon was accepted, and shows this link. */
  follow(life: string, beacon: Followed): void {
    const { deviceId } = beacon.member;
    const known = this.#lives.get(life);
    if (known !== undefined && known.member.deviceId !== deviceId) return;
    if (known !== undefined && known.number >= beacon.number) return;
    const before = this.#lifeOf.get(deviceId);
    if (before !== undefined && before !== life) this.#lives.delete(before);
    this.#lifeOf.set(deviceId, life);
    this.#lifeOf.touch(deviceId);
    this.#lives.set(life, beacon);
    this.#lives.touch(life);
  }

  /** Takes a pulse that nobody outside the formation can have made; answers whose it is. */
  take(life: string, shown: Shown, heard?: Shown): FollowedPulse | PulseRefusal {
    const known = this.#lives.get(life);
    if (known === undefined) return "unknownDevice";
    const steps = stepsTo(shown, known.number);
    if (steps === 0 || steps > NUMBERS_TOLD_APART - LONGEST_GAP) return "replayed";
    const lifeBytes = Uint8Array.fromHex(life);
    if (!follows(lifeBytes, shown.link, known.link, steps)) return "badPulse";
    let followed: Followed = { ...known, number: known.number + steps, link: shown.link.slice() };
    const { beat, heardLink } = known;
    if (beat?.kind === "acknowledgement") {
      if (heardLink === undefined || heard === undefined) return "badPulse";
      const heardSteps = stepsTo(heard, beat.heard);
      if (!follows(lifeBytes, heard.link, heardLink, heardSteps)) return "badPulse";
      const said = { ...beat, heard: beat.heard + heardSteps };
      followed = { ...followed, beat: said, heardLink: heard.link.slice() };
    }
    this.#lives.set(life, followed);
    this.#lives.touch(life);
    return followed;
  }
}

/** How far what is shown is beyond what is known, as far as its lowest byte tells. */
function stepsTo({ lowByte }: Shown, known: number): number {
  return (lowByte - lowByteOf(known) + NUMBERS_TOLD_APART) % NUMBERS_TOLD_APART;
}

/** Whether a link hashes to the one so many steps before it, or is the same for none. */
function follows(
  life: Uint8Array,
  link: Uint8Array,
  before: Uint8Array,
  steps: number,
): boolean {
  if (steps > LONGEST_GAP) return false;
  let hashed = link;
  for (let step = 0; step < steps; step++) hashed = hashOf(life, hashed);
  return sameBytes(hashed, before);
}

function chainOf(life: Uint8Array): Uint8Array[] {
  const links = [new Uint8Array(randomBytes(LINK_BYTES))];
  while (links.length < CHAIN_LINKS) links.push(hashOf(life, links.at(-1)!));
  return links.reverse();
}

function hashOf(life: Uint8Array, link: Uint8Array): Uint8Array<ArrayBuffer> {
  return sha256(life, link).slice(0, LINK_BYTES);
}
