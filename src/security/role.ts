/** What a member may do, least first. A role is part of its certificate. */
export const ROLES = ["observer", "member", "operator", "leader", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** Whose orders others follow. A leader leads by election, which is no right to give orders. */
const COMMANDING: readonly Role[] = ["operator", "admin"];

export function mayCommand(role: Role): boolean {
  return COMMANDING.includes(role);
}

/** The number of a role on the wire. */
export function roleNumber(role: Role): number {
  return ROLES.indexOf(role) + 1;
}

export function roleOf(number: number): Role | undefined {
  return ROLES[number - 1];
}
