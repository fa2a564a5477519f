import { BEACON_LIMITS } from "../core/beacon/beacon.ts";
import { isNodeId, type NodeId } from "../core/kernel/ids.ts";
import { WireError } from "./wire_error.ts";

/** Checks of single values from outside. Each answers the value or refuses with a `WireError`. */

export function readNodeId(text: string): NodeId {
  return isNodeId(text) ? text : refuse("node id", `${show(text)} is not one`);
}

/** A short text that is going to stand in tables and logs: bounded, not empty, no controls. */
export function readLabel(what: string, text: string): string {
  const { nameLength } = BEACON_LIMITS;
  if (text.length === 0) refuse(what, "it is empty");
  if (text.length > nameLength) {
    refuse(what, `it has ${text.length} characters, the limit is ${nameLength}`);
  }
  for (let index = 0; index < text.length; index++) {
    if (isControl(text.charCodeAt(index))) refuse(what, `${show(text)} has a control character`);
  }
  return text;
}

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;
const IPV6 = /^[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){2,7}$/;

/** An address as numbers. A name would make every receiver ask a server that the sender chose. */
export function readAddress(what: string, text: string): string {
  const numbers = IPV4.exec(text)?.slice(1);
  const isAddress = numbers === undefined
    ? IPV6.test(text)
    : numbers.every((part) => Number(part) <= 255);
  return isAddress ? text : refuse(what, `${show(text)} is not one`);
}

/** A number within bounds. NaN is within none. */
export function readNumber(what: string, value: number, least: number, most: number): number {
  return value >= least && value <= most
    ? value
    : refuse(what, `${value} is not from ${least} to ${most}`);
}

/** A count that rises for years, yet stays exact as a number. */
export function readCount(what: string, value: bigint): number {
  const count = Number(value);
  return count <= Number.MAX_SAFE_INTEGER
    ? count
    : refuse(what, `${value} is beyond exact numbers`);
}

function isControl(code: number): boolean {
  return code < 32 || (code >= 127 && code < 160);
}

/** Text from outside, fit for a message: no control characters, no length to speak of. */
function show(text: string): string {
  return JSON.stringify(text.slice(0, BEACON_LIMITS.nameLength));
}

function refuse(what: string, state: string): never {
  throw new WireError("badValue", `Cannot decode ${what}: ${state}`);
}
