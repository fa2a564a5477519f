/**
 * What many real nodes cost on one machine, and how soon they all see each other:
 *
 *     deno run -A scripts/bench/many_nodes.ts [--nodes 50] [--idle-seconds 30]
 *         [--profile standard|tactical|fast] [--json]
 */
import { runLabBench } from "./lab_bench.ts";

await runLabBench("many_nodes");
