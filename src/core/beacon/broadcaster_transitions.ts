import type { Address } from "../kernel/ids.ts";
import type { Advertisement, Standing } from "./beacon.ts";

export type BroadcasterState = "idle" | "claiming" | "speaking" | "retrying" | "silent";

export type BroadcasterInput =
  | { readonly kind: "start"; readonly boot: number }
  | { readonly kind: "persisted" }
  | { readonly kind: "persistFailed" }
  | { readonly kind: "due" }
  | { readonly kind: "pulseDue" }
  | { readonly kind: "changed"; readonly advertisement: Advertisement }
  | { readonly kind: "ranked"; readonly standing: Standing }
  | { readonly kind: "newcomer"; readonly address: Address }
  /** A peer is doubted, which may miss this node as well. */
  | { readonly kind: "missed" }
  /** The cell's leader was just heard, and wants to know that. */
  | { readonly kind: "beaten" }
  | { readonly kind: "stop" };

export type BroadcasterAction =
  | "ignore"
  | "claim"
  | "first"
  | "backOff"
  | "speak"
  | "pulse"
  | "pulseSoon"
  | "reply"
  | "speakSoon"
  | "answer"
  | "goodbye"
  | "end";

/** The table of SPEC.md. It is total, so the compiler finds a state that forgets an event. */
export const TRANSITIONS: Record<
  BroadcasterState,
  Record<BroadcasterInput["kind"], BroadcasterAction>
> = {
  idle: {
    start: "claim",
    persisted: "ignore",
    persistFailed: "ignore",
    due: "ignore",
    pulseDue: "ignore",
    changed: "ignore",
    ranked: "ignore",
    newcomer: "ignore",
    missed: "ignore",
    beaten: "ignore",
    stop: "end",
  },
  claiming: {
    start: "ignore",
    persisted: "first",
    persistFailed: "backOff",
    due: "ignore",
    pulseDue: "ignore",
    changed: "ignore",
    ranked: "ignore",
    newcomer: "ignore",
    missed: "ignore",
    beaten: "ignore",
    stop: "end",
  },
  speaking: {
    start: "ignore",
    persisted: "ignore",
    persistFailed: "ignore",
    due: "speak",
    pulseDue: "pulse",
    changed: "speakSoon",
    ranked: "speakSoon",
    newcomer: "answer",
    missed: "pulseSoon",
    beaten: "reply",
    stop: "goodbye",
  },
  retrying: {
    start: "ignore",
    persisted: "ignore",
    persistFailed: "ignore",
    due: "claim",
    pulseDue: "ignore",
    changed: "ignore",
    ranked: "ignore",
    newcomer: "ignore",
    missed: "ignore",
    beaten: "ignore",
    stop: "end",
  },
  silent: {
    start: "ignore",
    persisted: "ignore",
    persistFailed: "ignore",
    due: "ignore",
    pulseDue: "ignore",
    changed: "ignore",
    ranked: "ignore",
    newcomer: "ignore",
    missed: "ignore",
    beaten: "ignore",
    stop: "ignore",
  },
};
