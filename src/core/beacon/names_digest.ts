import type { NodeId } from "../kernel/ids.ts";

/**
 * A number for a set of names, whatever their order: each name's hash, one upon the other. To add a
 * name and to take it away are the same step. It tells sets apart that differ by accident.
 */
export function withName(digest: number, nodeId: NodeId): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < nodeId.length; index++) {
    hash = Math.imul(hash ^ nodeId.charCodeAt(index), 0x01000193);
  }
  // Names that differ in their last letter alone would otherwise cancel each other out.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (digest ^ hash ^ (hash >>> 16)) >>> 0;
}
