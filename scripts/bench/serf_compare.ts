/**
 * peat beside Serf in one run, at 10 and 20 nodes, on a clean and on a bad link:
 *
 *     deno run -A scripts/bench/serf_compare.ts [--rounds 3] [--nodes 10,20] [--idle-seconds 30]
 *         [--profile standard|tactical|fast] [--serf-profile lan|local|wan] [--json]
 */
import { runLabBench } from "./lab_bench.ts";

await runLabBench("serf_compare");
