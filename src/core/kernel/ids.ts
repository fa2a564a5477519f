import type { Random } from "./random.ts";

/** A node's name within its formation: what people type and what elections compare. */
export type NodeId = string;

/**
 * Where datagrams to a node go. The core compares addresses and hands them back, and knows the two
 * families of them apart, no more.
 */
export type Address = string;

/** One of the networks that a node's datagrams come by, by the name of the interface there. */
export type LinkName = string;

export function isIpv6(address: Address): boolean {
  return address.startsWith("[");
}

/** Letters, digits, dot, dash and underscore, 1 to 64 of them, starting with a letter or digit. */
const NODE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function isNodeId(text: string): text is NodeId {
  return NODE_ID.test(text);
}

/** A random hexadecimal id of `bytes` bytes, from the generator that was handed in. */
export function randomHex(random: Random, bytes: number): string {
  let text = "";
  for (let index = 0; index < bytes; index++) {
    text += random.below(256).toString(16).padStart(2, "0");
  }
  return text;
}
