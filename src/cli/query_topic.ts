import { section, sections } from "./help.ts";
import type { Paint } from "./paint.ts";

/** What can be asked, each with what it means. A test asks every one of them. */
export const QUERY_EXAMPLES: readonly (readonly [expression: string, purpose: string])[] = [
  ["type:sensor AND confidence>=0.8", "a sensor that can be relied on"],
  ["name:therm* OR name~radar", "a name that begins so, or that has this in it"],
  [
    "type:sensor AND metadata.range_m>1000 AND NOT cell:alpha ORDER BY distance LIMIT 5",
    "the five nearest that see far, of other cells",
  ],
  ["metadata.range_m:500..3000", "from 500 to 3000, both included"],
  [
    "metadata.firmware>=v1.2 AND metadata.firmware^=v1.0",
    "a version, and no breaking change since",
  ],
  ["type:sensor AND NOT metadata.night:*", "one that says nothing about the night"],
  ["HAS(type:sensor) AND HAS(type:compute)", "nodes that have both, in one or in two capabilities"],
  [
    "type:sensor PREFER HAS(type:compute), level=0",
    "any sensor, the sooner the more of these hold",
  ],
  ["* NEAR 52.52,13.405 ORDER BY distance, rtt LIMIT 3", "whoever is nearest to a place"],
  ["type:emergent AND confidence>=0.5 COMPOSED", "what whole cells can do together"],
  ["type:sensor LIMIT 0 AGGREGATE count, distinct(name), max(metadata.range_m)", "only the sums"],
];

/** `peat help query`. */
export function queryText(paint: Paint): string {
  return sections(
    "A query finds nodes, and cells, that can do something. It is answered from what the node that\n" +
      "is asked knows, and says from how many nodes that is, of how many; with --live the nodes are\n" +
      "asked first. A query that cannot be understood is refused with the character at which it\n" +
      "stops making sense, and with what was expected there.",
    section(
      "EXAMPLES",
      QUERY_EXAMPLES.map(([expression, purpose]) => [`peat query '${expression}'`, purpose]),
      paint,
    ),
    section("GRAMMAR", [
      ["query", "EXPR [PREFER EXPR, …] [COMPOSED] [NEAR LAT,LON] [ORDER BY FIELD [DESC], …]"],
      ["", "[LIMIT N] [AGGREGATE count, distinct(FIELD), min(FIELD), max(FIELD)]"],
      [
        "EXPR",
        "comparisons with AND, OR, NOT and brackets; AND binds more than OR. * is everybody",
      ],
      ["HAS(EXPR)", "the node has some capability of which EXPR holds"],
      ["keywords", "in capitals or not"],
      ["bounds", "4096 characters, 64 comparisons, 24 deep"],
    ], paint),
    section("COMPARISONS", [
      ["FIELD:VALUE", "equal; = is the same. A value with spaces or signs stands in double quotes"],
      ["FIELD!=VALUE", "there, and something else"],
      ["< <= > >=", "with a number, or with a version that is written like v1.2.0"],
      ["FIELD:LOW..HIGH", "a number in this range, ends included"],
      ["FIELD:TEXT*", "begins with the text"],
      ["FIELD~TEXT", "has the text in it"],
      ["FIELD^=v1.2", "a version from there on without a breaking change"],
      ["FIELD:*", "there at all"],
      ["", "where there is no value, or one of another kind, a comparison does not hold"],
    ], paint),
    section("FIELDS", [
      ["type", "sensor, compute, communication, mobility or payload; emergent for a cell's"],
      ["name, id", "of the capability; its id is type:name"],
      ["confidence", "from 0 to 1; what has 0 was cleared, and nothing finds it"],
      ["metadata.KEY", "what the capability says of itself: a number, a text, true or false"],
      ["node, cell", "the node's id, and the cell that it is in"],
      ["level, role", "its place in the hierarchy; standalone, member or leader"],
      ["state, version", "alive or suspect; the version of its software"],
      ["distance", "metres from the node that is asked, or from NEAR"],
      ["rtt", "milliseconds there and back"],
      ["composed", "true for a cell, false for a node"],
    ], paint),
    section("MEANING", [
      [
        "one capability",
        "all that is said of capabilities outside of HAS has to hold of one alone",
      ],
      ["results", "those capabilities of which it holds; all, where it says nothing of any"],
      ["score", "0.6 for what is asked, 0.3 for the share of what is preferred, 0.1 times the"],
      ["", "mean confidence of the best that meets each"],
      ["order", "by score, then by id, unless ORDER BY says otherwise; unknown values come last"],
      ["--nearest N", "ORDER BY distance, rtt LIMIT N"],
      ["--type and others", "one more comparison each, joined by AND"],
    ], paint),
    `${paint.strong("TYPED FORM")}
  An expression that begins with { is the same query as JSON; --explain shows both forms of one.
  peat query '{"where":{"kind":"equal","field":"type","value":"sensor"},"limit":5}'`,
    `${paint.strong("COMPOSITION")}
  With COMPOSED or --composed each cell answers as well, for what its members can do together:
  sensor_coverage, isr_chain, fault_tolerance, team_speed and ten more, or what the rules in the
  file say that the node was run with as --composition-rules:
  [[rules]]
  id = "night_watch"
  kind = "emergent"                        # additive, emergent, redundant or constraint
  method = "chain"                         # or authorization, domains; reliability, overlap;
  least_confidence = 0.7                   # slowest, shortest, reach
  needs = [{ type = "sensor", tags = ["thermal"] }, { type = "compute" }]`,
  );
}
