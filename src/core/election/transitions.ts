export type ElectionState =
  | "idle"
  | "waiting"
  | "following"
  | "doubting"
  | "polling"
  | "standing"
  | "leading";

export type ElectionEvent =
  /** The member's electorate is known. */
  | "joined"
  /** A heartbeat whose claim holds. */
  | "accepted"
  /** Somebody else hears the leader. */
  | "witnessed"
  | "doubtDue"
  | "silenceDue"
  /** It is this member's turn to seek the lead. */
  | "turnDue"
  /** Somebody who ranks better polls as well. */
  | "outranked"
  | "pollCarried"
  | "pollFailed"
  | "elected"
  | "notElected"
  /** This member's vote went to somebody else. */
  | "voted"
  /** The leader gave its claim up. */
  | "released"
  /** Another leader has the better right. */
  | "superseded"
  /** The operator, or the electorate's owner, wants another leader. */
  | "resigned"
  | "stopped";

export type ElectionAction =
  | "ignore"
  | "wait"
  | "follow"
  | "doubt"
  | "giveUp"
  | "poll"
  | "stand"
  | "lead"
  | "yield"
  | "resign"
  | "end";

const NOTHING: Record<ElectionEvent, ElectionAction> = {
  joined: "ignore",
  accepted: "ignore",
  witnessed: "ignore",
  doubtDue: "ignore",
  silenceDue: "ignore",
  turnDue: "ignore",
  outranked: "ignore",
  pollCarried: "ignore",
  pollFailed: "ignore",
  elected: "ignore",
  notElected: "ignore",
  voted: "ignore",
  released: "ignore",
  superseded: "ignore",
  resigned: "ignore",
  stopped: "end",
};

/** The table of SPEC.md. It is total, so the compiler finds a state that forgets an event. */
export const TRANSITIONS: Record<ElectionState, Record<ElectionEvent, ElectionAction>> = {
  idle: { ...NOTHING, joined: "wait", stopped: "ignore" },
  waiting: {
    ...NOTHING,
    accepted: "follow",
    witnessed: "follow",
    turnDue: "poll",
    voted: "wait",
    released: "wait",
  },
  following: {
    ...NOTHING,
    accepted: "follow",
    doubtDue: "doubt",
    silenceDue: "giveUp",
    voted: "giveUp",
    released: "giveUp",
  },
  doubting: {
    ...NOTHING,
    accepted: "follow",
    witnessed: "follow",
    silenceDue: "giveUp",
    voted: "giveUp",
    released: "giveUp",
  },
  polling: {
    ...NOTHING,
    accepted: "follow",
    witnessed: "follow",
    outranked: "wait",
    pollCarried: "stand",
    pollFailed: "wait",
    voted: "wait",
    released: "wait",
  },
  standing: {
    ...NOTHING,
    accepted: "follow",
    elected: "lead",
    notElected: "wait",
    voted: "wait",
  },
  leading: {
    ...NOTHING,
    accepted: "yield",
    superseded: "yield",
    resigned: "resign",
    stopped: "resign",
  },
};
