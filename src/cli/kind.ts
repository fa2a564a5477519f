import { parseByteSize } from "./byte_size.ts";
import { formatDuration, parseDuration } from "./duration.ts";
import { usageFailure } from "./failure.ts";
import { didYouMean } from "./nearest.ts";

/**
 * What a value on the command line, in the environment or in the configuration file may be. A kind
 * knows how to read its text, how help shows it, and what a shell can offer for it.
 */
export interface Kind<T> {
  /** What stands for the value in help: `DURATION`. */
  readonly placeholder: string;
  /** The unit of what `parse` answers, which ends the property's name but not the flag's. */
  readonly unit?: "Ms" | "Bytes";
  readonly values?: readonly string[];
  readonly complete?: "file" | "directory" | "node";
  /** Throws a usage failure that ends with an example of what is right. */
  parse(text: string): T;
  /** Writes a value the way `parse` reads it, where that is not how it looks anyway. */
  format?(value: T): string;
}

export const text: Kind<string> = { placeholder: "TEXT", parse: (value) => value };

export const filePath: Kind<string> = {
  placeholder: "FILE",
  complete: "file",
  parse: (value) => notEmpty(value, "file"),
};

export const directoryPath: Kind<string> = {
  placeholder: "DIR",
  complete: "directory",
  parse: (value) => notEmpty(value, "directory"),
};

export const nodeId: Kind<string> = {
  placeholder: "NODE",
  complete: "node",
  parse: (value) => notEmpty(value, "node id"),
};

/** Milliseconds, written like `1m30s`. */
export const duration: Kind<number> = {
  placeholder: "DURATION",
  unit: "Ms",
  parse: parseDuration,
  format: formatDuration,
};

/** Bytes, written like `64KiB`. */
export const byteSize: Kind<number> = { placeholder: "SIZE", unit: "Bytes", parse: parseByteSize };

/** One of a few words. */
export function choice<const Values extends readonly string[]>(
  ...values: Values
): Kind<Values[number]> {
  return {
    placeholder: values.join("|"),
    values,
    parse(value) {
      if (values.includes(value)) return value;
      const hint = didYouMean(value, values, undefined);
      throw usageFailure(`Cannot use ${quote(value)}: it is not one of ${values.join(", ")}`, hint);
    },
  };
}

/** On or off. A flag that is there without a value is on, where its setting says so. */
export const trueOrFalse: Kind<boolean> = {
  placeholder: "true|false",
  values: ["true", "false"],
  parse: (value) => choice("true", "false").parse(value) === "true",
};

export function integer(
  { least = 0, most = Number.MAX_SAFE_INTEGER, placeholder = "N" } = {},
): Kind<number> {
  return {
    placeholder,
    parse(value) {
      const number = /^-?\d+$/.test(value) ? Number(value) : NaN;
      if (number >= least && number <= most) return number;
      const range = most === Number.MAX_SAFE_INTEGER
        ? `of ${least} or more`
        : `from ${least} to ${most}`;
      throw usageFailure(`Cannot use ${quote(value)}: it is not a whole number ${range}`);
    },
  };
}

export function decimal({ least = -Infinity, most = Infinity, placeholder = "X" } = {}): Kind<
  number
> {
  return {
    placeholder,
    parse(value) {
      const number = /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : NaN;
      if (number >= least && number <= most) return number;
      const range = Number.isFinite(least) || Number.isFinite(most)
        ? ` from ${least} to ${most}`
        : "";
      throw usageFailure(`Cannot use ${quote(value)}: it is not a number${range}`);
    },
  };
}

export const port: Kind<number> = integer({ most: 65_535, placeholder: "PORT" });

/** Several values in one text. A flag of this kind may also be repeated. */
export interface ListKind<T> extends Kind<readonly T[]> {
  readonly separator: string;
  readonly item: Kind<T>;
}

export function list<T>(item: Kind<T>, separator = ","): ListKind<T> {
  return {
    placeholder: `${item.placeholder}${separator}…`,
    separator,
    item,
    ...(item.values === undefined ? {} : { values: item.values }),
    ...(item.complete === undefined ? {} : { complete: item.complete }),
    parse(value) {
      const parts = value.split(separator).map((part) => part.trim()).filter((part) => part !== "");
      return parts.map((part) => item.parse(part));
    },
  };
}

export function isList<T>(kind: Kind<T>): kind is Kind<T> & ListKind<unknown> {
  return "separator" in kind;
}

/** The same kind under a name that says more in help. */
export function named<K extends Kind<unknown>>(placeholder: string, kind: K): K {
  return { ...kind, placeholder };
}

export interface Coordinates {
  readonly latitude: number;
  readonly longitude: number;
  readonly altitude?: number;
}

export const coordinates: Kind<Coordinates> = {
  placeholder: "LAT,LON[,ALT]",
  format: ({ latitude, longitude, altitude }) =>
    [latitude, longitude, altitude].filter((part) => part !== undefined).join(","),
  parse(value) {
    const parts = value.split(",");
    const [latitude = NaN, longitude = NaN, altitude] = parts.map((part) =>
      /^ *-?\d+(\.\d+)? *$/.test(part) ? Number(part) : NaN
    );
    const inRange = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 &&
      !Number.isNaN(altitude) && parts.length <= 3;
    if (!inRange) {
      throw usageFailure(
        `Cannot read the position ${
          quote(value)
        }: it is not degrees north, degrees east, metres up`,
        "write it like 52.52,13.405 or 52.52,13.405,120",
      );
    }
    return altitude === undefined ? { latitude, longitude } : { latitude, longitude, altitude };
  },
};

function notEmpty(value: string, what: string): string {
  if (value === "") throw usageFailure(`Cannot use an empty ${what}: nothing has that name`);
  return value;
}

function quote(value: string): string {
  return JSON.stringify(value);
}
