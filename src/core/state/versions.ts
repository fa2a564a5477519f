import type { Held, Life, Versions } from "./document.ts";

type Version = Pick<Held, "generation" | "versions">;

/** Whether the first has something that the second lacks. */
export function hasMore(first: Version, second: Version | undefined): boolean {
  if (second === undefined) return true;
  if (first.generation !== second.generation) return first.generation > second.generation;
  return Object.entries(first.versions).some(([life, number]) =>
    number > (second.versions[life] ?? 0)
  );
}

/** How much of the first the second lacks. */
export function lacking(first: Version, second: Version | undefined): number {
  if (!hasMore(first, second)) return 0;
  const known = second?.generation === first.generation ? second.versions : {};
  const changes = Object.entries(first.versions).map(([life, number]) =>
    Math.max(0, number - (known[life] ?? 0))
  );
  return Math.max(1, changes.reduce((sum, number) => sum + number, 0));
}

export function withChange(versions: Versions, life: Life, number: number): Versions {
  return { ...versions, [life]: number };
}

/**
 * A number for a document's version. Sums of these tell apart what differs by accident: whoever may
 * write a document could as well write it otherwise.
 */
export function versionHash(key: string, { generation, versions }: Version): number {
  const lives = Object.entries(versions).map(([life, number]) => `${life} ${number}`).sort();
  return hashOf(`${key} ${generation} ${lives.join()}`);
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  let other = 0x01234567;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    hash = Math.imul(hash ^ unit, 0x01000193);
    other = Math.imul(other ^ unit ^ (hash >>> 16), 0x85ebca6b);
  }
  // Forty bits, so that the sum over all documents of a node is exact.
  return (hash >>> 0) * 2 ** 8 + (other >>> 24);
}
