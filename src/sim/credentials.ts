/** What somebody can prove: a host's key, and the formation that it seals and signs for. */
export interface Credentials {
  readonly owner: number;
  readonly formation: number;
  /** Whether the certificate that goes with it had expired already. */
  readonly isExpired: boolean;
}
