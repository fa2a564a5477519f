import type { Checker } from "../checker.ts";
import type { World } from "../world.ts";

/** W1: in a healed mesh everybody knows of every revocation that anybody knows of. */
export function revocationsSpread(world: World): Checker {
  const { standings } = world;
  return {
    name: "revocations-spread",
    pending(core) {
      if (!world.plan.connections) return undefined;
      const speaking = core.filter(({ node }) => node?.emcon === false);
      const known = new Set(speaking.flatMap(({ index }) => standings.knownRevoked(index)));
      for (const { index, name } of speaking) {
        for (const revoked of known) {
          if (standings.knowsRevoked(index, revoked)) continue;
          return `${name} does not know that ${world.hosts[revoked]!.name} was revoked`;
        }
      }
      return undefined;
    },
  };
}
