import type { Host } from "./host.ts";

/** What a checker remembers of a host, afresh for each life of its process. */
export class LifeMemory<T> {
  readonly #make: () => T;
  readonly #memories: (T | undefined)[] = [];
  readonly #lives: number[] = [];

  constructor(make: () => T) {
    this.#make = make;
  }

  of(host: Host): T {
    const known = this.#memories[host.index];
    if (known !== undefined && this.#lives[host.index] === host.life) return known;
    return this.set(host, this.#make());
  }

  /** What is remembered from now on. */
  set(host: Host, memory: T): T {
    this.#memories[host.index] = memory;
    this.#lives[host.index] = host.life;
    return memory;
  }
}
