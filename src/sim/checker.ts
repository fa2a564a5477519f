import type { Datagram } from "../core/messages.ts";
import type { NodeInput, NodeOutput } from "../core/node_io.ts";
import type { Host, Step } from "./host.ts";
import type { World } from "./world.ts";

/** What came in: the kind of the input, or of the message that a datagram brought. */
export type InputKind = Exclude<NodeInput["kind"], "datagram"> | Datagram["kind"];

/** What makes a step worth a look: what came in, what went out, or that anything did. */
export type Sight = InputKind | NodeOutput["kind"] | "outputs";

/** Holds one invariant of a SPEC.md, under the name that the SPEC.md cites. */
export interface Checker {
  readonly name: string;
  /** Which steps it looks at; every one where it does not say. A hundred thousand seeds have many. */
  readonly sees?: readonly Sight[];
  /** Looks at a step after it was carried out. Answers what is wrong with it, or undefined. */
  check?(step: Step): string | undefined;
  /** Looks at a healed world. Answers what is still missing, or undefined when nothing is. */
  pending?(core: readonly Host[]): string | undefined;
}

export type MakeChecker = (world: World) => Checker;
