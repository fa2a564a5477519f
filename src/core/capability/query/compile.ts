import type { QueriedCapability, QueriedNode } from "./catalog.ts";
import { type Field, metadataKey, ruleOf } from "./fields.ts";
import type { Comparison, Expression, Literal } from "./query.ts";
import { compareVersions, isCompatible, readVersion, type Version } from "./semver.ts";

/** A node under question, with what had to be computed for it. */
export interface Row {
  readonly node: QueriedNode;
  /** From where distances are taken; absent where either place is not known. */
  readonly distance: number | undefined;
}

/** Whether it holds of the node, or of that capability of the node. */
export type Test = (row: Row, capability: QueriedCapability | undefined) => boolean;

export interface Compiled {
  readonly test: Test;
  /** Whether it says anything of a capability outside of HAS. */
  readonly isOfCapability: boolean;
  /** What stands in a HAS that has to hold, or may have to. */
  readonly has: readonly Test[];
}

/** Makes functions of an expression, which are several times faster than walking it. */
export function compile(expression: Expression): Compiled {
  return {
    test: testOf(expression),
    isOfCapability: isOfCapability(expression),
    has: wantedIn(expression),
  };
}

/** What the field is, of the node or of the capability; undefined where it is nothing. */
export function reader(
  field: Field,
): (row: Row, capability: QueriedCapability | undefined) => Literal | undefined {
  const key = metadataKey(field);
  if (key !== undefined) {
    return (_row, capability) => {
      const metadata = capability?.metadata;
      return metadata !== undefined && Object.hasOwn(metadata, key) ? metadata[key] : undefined;
    };
  }
  switch (field as Exclude<Field, `metadata.${string}`>) {
    case "type":
      return (_row, capability) => capability?.type;
    case "name":
      return (_row, capability) => capability?.name;
    case "id":
      return (_row, capability) => capability?.id;
    case "confidence":
      return (_row, capability) => capability?.confidence;
    case "node":
      return ({ node }) => node.nodeId;
    case "cell":
      return ({ node }) => node.cell;
    case "level":
      return ({ node }) => node.level;
    case "role":
      return ({ node }) => node.role;
    case "state":
      return ({ node }) => node.state;
    case "version":
      return ({ node }) => node.version;
    case "composed":
      return ({ node }) => node.composed === true;
    case "distance":
      return ({ distance }) => distance;
    case "rtt":
      return ({ node }) => node.rttMs;
  }
}

function testOf(expression: Expression): Test {
  switch (expression.kind) {
    case "anything":
      return () => true;
    case "and":
      return all(expression.terms.map(testOf));
    case "or":
      return any(expression.terms.map(testOf));
    case "not": {
      const term = testOf(expression.term);
      return (row, capability) => !term(row, capability);
    }
    case "has": {
      const term = testOf(expression.term);
      return (row) => row.node.capabilities.some((one) => one.confidence > 0 && term(row, one));
    }
    default:
      return comparisonOf(expression);
  }
}

function all(terms: readonly Test[]): Test {
  const [first, second] = terms;
  if (terms.length === 2) return (row, one) => first!(row, one) && second!(row, one);
  return (row, capability) => {
    for (const term of terms) if (!term(row, capability)) return false;
    return true;
  };
}

function any(terms: readonly Test[]): Test {
  return (row, capability) => {
    for (const term of terms) if (term(row, capability)) return true;
    return false;
  };
}

/** What a value cannot be compared with, it is not: there is no error while a query runs. */
function comparisonOf(comparison: Comparison): Test {
  const read = reader(comparison.field);
  switch (comparison.kind) {
    case "present":
      return (row, capability) => read(row, capability) !== undefined;
    case "equal": {
      const { value } = comparison;
      return (row, capability) => isSame(read(row, capability), value);
    }
    case "unequal": {
      const { value } = comparison;
      return (row, capability) => {
        const found = read(row, capability);
        return found !== undefined && !isSame(found, value);
      };
    }
    case "number":
      return numberTest(read, comparison);
    case "range": {
      const { least, most } = comparison;
      return (row, capability) => {
        const found = read(row, capability);
        return typeof found === "number" && found >= least && found <= most;
      };
    }
    case "version":
      return versionTest(read, comparison);
    case "prefix": {
      const { text } = comparison;
      return (row, capability) => textOf(read(row, capability))?.startsWith(text) === true;
    }
    case "contains": {
      const { text } = comparison;
      return (row, capability) => textOf(read(row, capability))?.includes(text) === true;
    }
  }
}

function numberTest(
  read: ReturnType<typeof reader>,
  { operator, value }: Extract<Comparison, { kind: "number" }>,
): Test {
  const holds = ORDERS[operator];
  return (row, capability) => {
    const found = read(row, capability);
    return typeof found === "number" && holds(found - value);
  };
}

const ORDERS: Record<"<" | "<=" | ">" | ">=", (difference: number) => boolean> = {
  "<": (difference) => difference < 0,
  "<=": (difference) => difference <= 0,
  ">": (difference) => difference > 0,
  ">=": (difference) => difference >= 0,
};

function versionTest(
  read: ReturnType<typeof reader>,
  { operator, version }: Extract<Comparison, { kind: "version" }>,
): Test {
  const wanted = readVersion(version)!;
  const holds: (found: Version) => boolean = operator === "^="
    ? (found) => isCompatible(found, wanted)
    : operator === "="
    ? (found) => compareVersions(found, wanted) === 0
    : operator === "!="
    ? (found) => compareVersions(found, wanted) !== 0
    : (found) => ORDERS[operator](compareVersions(found, wanted));
  return (row, capability) => {
    const text = textOf(read(row, capability));
    const found = text === undefined ? undefined : readVersion(text);
    return found !== undefined && holds(found);
  };
}

/** A text in quotes is also what a number looks like. */
function isSame(found: Literal | undefined, value: Literal): boolean {
  if (found === value) return true;
  return typeof value === "string" && found !== undefined && `${found}` === value;
}

function textOf(found: Literal | undefined): string | undefined {
  return found === undefined || typeof found === "string" ? found : `${found}`;
}

function isOfCapability(expression: Expression): boolean {
  switch (expression.kind) {
    case "anything":
    case "has":
      return false;
    case "and":
    case "or":
      return expression.terms.some(isOfCapability);
    case "not":
      return isOfCapability(expression.term);
    default:
      return ruleOf(expression.field).isOfCapability;
  }
}

function wantedIn(expression: Expression): Test[] {
  switch (expression.kind) {
    case "has":
      return [testOf(expression.term)];
    case "and":
    case "or":
      return expression.terms.flatMap(wantedIn);
    default:
      return [];
  }
}
