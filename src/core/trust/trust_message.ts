/** What a node knows of its formation's membership, in as few bytes as tell whether it is the same. */
export interface TrustSummary {
  readonly kind: "trustSummary";
  /** Of the set of revoked devices, in hexadecimal. */
  readonly digest: string;
  /** The number of the newest group key. */
  readonly epoch: number;
}

/** Asks for the revocations that the sender does not have. */
export interface RevocationsWanted {
  readonly kind: "revocationsWanted";
  /** The devices that it knows to be revoked. */
  readonly known: readonly string[];
}

/** Hands on revocations. The edge puts in what the authority signed, and takes it out again. */
export interface RevocationsTold {
  readonly kind: "revocationsTold";
  readonly deviceIds: readonly string[];
}

/** Asks for the group keys after the one of this epoch. */
export interface GroupKeysWanted {
  readonly kind: "groupKeysWanted";
  readonly epoch: number;
}

/** Hands on the group keys after that epoch. The edge puts them in and takes them out. */
export interface GroupKeysTold {
  readonly kind: "groupKeysTold";
  readonly afterEpoch: number;
  /** The digest of whom the sender knows to be revoked. */
  readonly digest: string;
}

export type TrustMessage =
  | TrustSummary
  | RevocationsWanted
  | RevocationsTold
  | GroupKeysWanted
  | GroupKeysTold;

export const TRUST_LIMITS = {
  /** Revoked devices that a question names; a formation has no more. */
  known: 4_096,
  /** Revocations in one message. */
  told: 256,
  /** Group keys in one message; a file has no more. */
  keys: 8,
} as const;
