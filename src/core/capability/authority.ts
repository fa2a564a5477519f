/** What a person who works with a node may decide there, and what that counts for. */
export const AUTHORITY_SCORES = {
  observer: 0.1,
  advisor: 0.3,
  supervisor: 0.5,
  commander: 0.8,
} as const;

export type AuthorityLevel = keyof typeof AUTHORITY_SCORES;

export const AUTHORITY_LEVELS = Object.keys(AUTHORITY_SCORES) as readonly AuthorityLevel[];

/** Who of several may decide most; undefined where nobody may decide anything. */
export function bestAuthority(
  levels: Iterable<AuthorityLevel | undefined>,
): AuthorityLevel | undefined {
  let best: AuthorityLevel | undefined;
  for (const level of levels) {
    if (level === undefined) continue;
    if (best === undefined || AUTHORITY_SCORES[level] > AUTHORITY_SCORES[best]) best = level;
  }
  return best;
}
