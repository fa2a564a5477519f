import type { JsonValue } from "../kernel/json_value.ts";
import { DOCUMENT_LIMITS, type Edit, type JsonObject } from "./document.ts";

/** Stands for an object with nothing in it, so that an empty document is a document too. */
export const EMPTY_ROOT = ".";

/** The leaves of a document, as JSON text by their paths. */
export type Fields = ReadonlyMap<string, string>;

/** What edits come to, field by field. */
export interface FieldChanges {
  readonly set: ReadonlyMap<string, string>;
  readonly removed: readonly string[];
}

export function fieldsOf(value: JsonObject): Map<string, string> {
  const fields = new Map<string, string>();
  collect(value, "", fields);
  if (fields.size === 0) fields.set(EMPTY_ROOT, "{}");
  return fields;
}

/** The value that fields make. Where one is in the way of others, the deeper ones hold. */
export function valueOf(fields: Fields): JsonObject {
  const root: Mutable = {};
  const paths = [...fields.keys()].filter((path) => path !== EMPTY_ROOT)
    .map((path) => ({ path, names: namesOf(path) }))
    .sort((left, right) =>
      left.names.length - right.names.length || (left.path < right.path ? -1 : 1)
    );
  for (const { path, names } of paths) put(root, names, JSON.parse(fields.get(path)!));
  return root;
}

/** Compares what there is with what is wanted. Nothing is set that is so already. */
export function changesOf(before: Fields, edits: readonly Edit[]): FieldChanges {
  let after = new Map(before);
  for (const edit of edits) {
    if (edit.kind === "put") after = fieldsOf(edit.value);
    else if (edit.kind === "remove") removeUnder(after, edit.path);
    else if (edit.kind === "set") setUnder(after, edit.value);
  }
  if (after.size > 1) after.delete(EMPTY_ROOT);
  if (after.size === 0) after.set(EMPTY_ROOT, "{}");
  const set = [...after].filter(([path, text]) => before.get(path) !== text);
  const removed = [...before.keys()].filter((path) => !after.has(path));
  return { set: new Map(set), removed };
}

/** Why a value cannot be in a document, if so. */
export function objectionTo(value: JsonObject): string | undefined {
  const fields = new Map<string, string>();
  if (!collect(value, "", fields)) {
    return `it is nested deeper than ${DOCUMENT_LIMITS.depth} objects or lists`;
  }
  if (fields.size > DOCUMENT_LIMITS.changeFields) {
    return `it has ${fields.size} fields, the limit is ${DOCUMENT_LIMITS.changeFields}`;
  }
  const longest = [...fields.keys()].find((path) => path.length > DOCUMENT_LIMITS.pathLength);
  return longest && `the name of a field has more than ${DOCUMENT_LIMITS.pathLength} characters`;
}

/** Whether a field may be in a document, whoever put it there. */
export function isField(path: string, text: string): boolean {
  if (path === EMPTY_ROOT) return text === "{}";
  if (!path.startsWith("/") || path.length > DOCUMENT_LIMITS.pathLength) return false;
  const names = namesOf(path);
  if (names.length > DOCUMENT_LIMITS.depth) return false;
  try {
    const value: JsonValue = JSON.parse(text);
    const isLeaf = !isObject(value) || Object.keys(value).length === 0;
    return isLeaf && isShallow(value, DOCUMENT_LIMITS.depth - names.length);
  } catch {
    return false; // Not JSON.
  }
}

type Mutable = { [key: string]: JsonValue };

/** Answers whether the value is no deeper than it may be. */
function collect(value: JsonObject, path: string, fields: Map<string, string>, depth = 1): boolean {
  if (depth > DOCUMENT_LIMITS.depth) return false;
  return Object.entries(value).every(([name, inner]) => {
    const innerPath = `${path}/${escape(name)}`;
    if (isObject(inner) && Object.keys(inner).length > 0) {
      return collect(inner, innerPath, fields, depth + 1);
    }
    fields.set(innerPath, JSON.stringify(inner));
    return isShallow(inner, DOCUMENT_LIMITS.depth - depth);
  });
}

function setUnder(fields: Map<string, string>, value: JsonObject): void {
  for (const [path, text] of fieldsOf(value)) {
    if (path === EMPTY_ROOT) continue;
    removeUnder(fields, path);
    const names = path.split("/");
    for (let length = 2; length < names.length; length++) {
      fields.delete(names.slice(0, length).join("/"));
    }
    fields.set(path, text);
  }
}

function removeUnder(fields: Map<string, string>, path: string): void {
  for (const known of [...fields.keys()]) {
    if (known === path || known.startsWith(`${path}/`)) fields.delete(known);
  }
}

function put(root: Mutable, names: readonly string[], value: JsonValue): void {
  let at = root;
  for (const name of names.slice(0, -1)) {
    const inner = Object.hasOwn(at, name) ? at[name]! : null;
    if (!isObject(inner)) define(at, name, {});
    at = at[name] as Mutable;
  }
  define(at, names.at(-1)!, value);
}

/** A field may be named like anything, `__proto__` too. */
function define(object: Mutable, name: string, value: JsonValue): void {
  Object.defineProperty(object, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isShallow(value: JsonValue, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (levels < 1) return Array.isArray(value) ? false : Object.keys(value).length === 0;
  return Object.values(value).every((inner) => isShallow(inner, levels - 1));
}

function namesOf(path: string): string[] {
  return path.slice(1).split("/").map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function escape(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
