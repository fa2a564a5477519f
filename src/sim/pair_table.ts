import type { Host } from "./host.ts";

/**
 * Numbers that a checker keeps for every pair of a host and one of its peers. A thousand hosts have
 * a million pairs, so they lie in one flat array, the columns of a pair side by side. A host's
 * pairs are wiped to NaN when a new process starts on it.
 */
export class PairTable {
  readonly cells: Float64Array;
  readonly #nodes: number;
  readonly #columns: number;
  readonly #lives: Int32Array;

  constructor(nodes: number, columns: number) {
    this.#nodes = nodes;
    this.#columns = columns;
    this.cells = new Float64Array(nodes * nodes * columns).fill(NaN);
    this.#lives = new Int32Array(nodes);
  }

  /** Where the pair's first column is in `cells`. */
  row(host: Host, peer: number): number {
    if (this.#lives[host.index] !== host.life) this.#wipe(host);
    return (host.index * this.#nodes + peer) * this.#columns;
  }

  #wipe(host: Host): void {
    this.#lives[host.index] = host.life;
    const width = this.#nodes * this.#columns;
    this.cells.fill(NaN, host.index * width, (host.index + 1) * width);
  }
}
