import type { Output } from "../../src/cli/output.ts";
import type { DemoMesh } from "./mesh.ts";

/** What a chapter has to work with. */
export interface Stage {
  readonly mesh: DemoMesh;
  readonly out: Output;
  /** One calm sentence on standard output. */
  readonly say: (sentence: string) => void;
  /** What is going on while nothing can be said yet. */
  readonly show: (what: string) => void;
}

/** What a chapter measured. `ms` is what it was about. */
export interface Measured {
  readonly ms: number;
  readonly [what: string]: unknown;
}

export type Step = Measured & { readonly chapter: string };

export interface Chapter {
  readonly name: string;
  readonly title: string;
  tell(stage: Stage): Promise<Measured>;
}
