import { duration, integer, type Kind } from "./kind.ts";

/** A flag of one command, with the type of what its value is after parsing. */
export interface Flag<T> {
  readonly shape: "toggle" | "option" | "repeated";
  readonly brief: string;
  readonly kind?: Kind<unknown>;
  readonly default?: string;
  readonly required?: true;
  /** What the bare flag means, for a flag whose value may be left out: `--wait`. */
  readonly implied?: string;
  readonly alias?: string;
  /** Never set; it carries the type. */
  readonly value?: T;
}

export interface FlagOptions {
  readonly alias?: string;
}

/** On when it is there. */
export function toggle(brief: string, options: FlagOptions = {}): Flag<boolean> {
  return { shape: "toggle", brief, ...options };
}

/** `--name VALUE`, undefined when it is not there. */
export function option<T>(
  kind: Kind<T>,
  brief: string,
  options?: FlagOptions & { implied?: string },
): Flag<T | undefined>;
/** `--name VALUE`, with a default written as one would type it, or required. */
export function option<T>(
  kind: Kind<T>,
  brief: string,
  options: FlagOptions & ({ default: string; implied?: string } | { required: true }),
): Flag<T>;
export function option(kind: Kind<unknown>, brief: string, options = {}): Flag<unknown> {
  return { shape: "option", kind, brief, ...options };
}

/** `--name VALUE`, as often as wanted. */
export function repeated<T>(
  kind: Kind<T>,
  brief: string,
  options: FlagOptions = {},
): Flag<readonly T[]> {
  return { shape: "repeated", kind, brief, ...options };
}

export type Flags = Readonly<Record<string, Flag<unknown>>>;

export type FlagValues<F extends Flags> = {
  readonly [Key in keyof F]: F[Key] extends Flag<infer T> ? T : never;
};

/** A word after the command's name, with the type of what it is after parsing. */
export interface Argument<T> {
  readonly shape: "required" | "optional" | "rest";
  readonly brief: string;
  readonly kind: Kind<unknown>;
  readonly least?: number;
  readonly value?: T;
}

export function argument<T>(kind: Kind<T>, brief: string): Argument<T> {
  return { shape: "required", kind, brief };
}

export function optionalArgument<T>(kind: Kind<T>, brief: string): Argument<T | undefined> {
  return { shape: "optional", kind, brief };
}

/** All the words that are left. It is the only argument of its command. */
export function restArguments<T>(
  kind: Kind<T>,
  brief: string,
  least = 0,
): Argument<readonly T[]> {
  return { shape: "rest", kind, brief, least };
}

export type Arguments = Readonly<Record<string, Argument<unknown>>>;

export type ArgumentValues<A extends Arguments> = {
  readonly [Key in keyof A]: A[Key] extends Argument<infer T> ? T : never;
};

/** `durationMs` is `--duration`: the unit is the program's business. */
export function flagName(property: string, flag: Flag<unknown>): string {
  const unit = flag.kind?.unit;
  const bare = unit !== undefined && property.endsWith(unit)
    ? property.slice(0, -unit.length)
    : property;
  return kebab(bare);
}

function kebab(camel: string): string {
  return camel.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The bounds of every command that prints a stream. */
export const STREAM_FLAGS = {
  count: option(integer({ least: 1 }), "stop after this many"),
  durationMs: option(duration, "stop after this time"),
};
