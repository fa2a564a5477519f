/**
 * Prints how long a query takes that is answered from what a node knows: of 1,000 nodes and of
 * 10,000, each with ten capabilities. The times are of queries that were read before, and include
 * everything up to the ordered answer.
 */
import {
  CapabilityIndex,
  type Population,
  type QueriedCapability,
  type QueriedNode,
} from "../../src/core/capability/query/catalog.ts";
import { CAPABILITY_TYPES } from "../../src/core/capability/capability.ts";
import { runQuery } from "../../src/core/capability/query/evaluate.ts";
import { parseQuery } from "../../src/core/capability/query/parse.ts";
import { Random } from "../../src/core/kernel/random.ts";
import { quantile } from "./quantile.ts";

const CAPABILITIES = 10;
const ROUNDS = 60;
const QUERIES = {
  selective: "type:sensor AND name:sensor-7 AND confidence>=0.8 AND metadata.range_m>1000",
  unindexed: "metadata.range_m>9900 AND confidence>=0.8",
  broad: "type:sensor AND confidence>=0.2 ORDER BY distance",
  everybody: "* PREFER type:compute AND confidence>0.5 ORDER BY score DESC, rtt LIMIT 10",
};

class Crowd implements Population {
  readonly #nodes = new Map<string, QueriedNode>();
  readonly #index = new CapabilityIndex();

  constructor(readonly size: number) {
    const random = new Random("bench");
    for (let number = 0; number < size; number++) {
      const node = someNode(`node-${number}`, random, size);
      this.#nodes.set(node.nodeId, node);
      this.#index.add(node.nodeId, node.capabilities);
    }
  }

  all = () => this.#nodes.values();
  node = (nodeId: string) => this.#nodes.get(nodeId);
  withType = (type: string) => this.#index.withType(type);
  withName = (name: string) => this.#index.withName(name);
}

function someNode(nodeId: string, random: Random, names: number): QueriedNode {
  const capabilities: QueriedCapability[] = [];
  for (let count = 0; count < CAPABILITIES; count++) {
    const type = random.pick(CAPABILITY_TYPES);
    const name = `${type}-${random.below(names / 4)}`;
    const metadata = { range_m: random.below(10_000), band: random.pick(["IR", "visible"]) };
    capabilities.push({ id: `${type}:${name}`, type, name, confidence: random.unit(), metadata });
  }
  return {
    nodeId,
    capabilities,
    cell: `cell-${random.below(100)}`,
    level: 0,
    rttMs: random.unit() * 50,
    position: { latitude: random.unit() * 180 - 90, longitude: random.unit() * 360 - 180 },
  };
}

for (const size of [1_000, 10_000]) {
  const population = new Crowd(size);
  const origin = { latitude: 52.52, longitude: 13.405 };
  for (const [name, text] of Object.entries(QUERIES)) {
    const query = parseQuery(text);
    const times: number[] = [];
    let matched = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const start = performance.now();
      matched = runQuery(query, { population, cells: [], origin }).total;
      times.push(performance.now() - start);
    }
    const ms = (share: number) => `${quantile(times, share).toFixed(3)} ms`.padStart(11);
    console.log(
      `${`${size}`.padStart(6)} nodes  ${name.padEnd(10)} p50 ${ms(0.5)}  p99 ${ms(0.99)}  ` +
        `${matched} matched`,
    );
  }
}
