import { Patience } from "../../src/cli/patience.ts";

/** Tells whom one node holds for alive, itself included; whatever system it is a node of. */
export interface Viewer {
  readonly name: string;
  alive(): Promise<ReadonlySet<string>>;
}

export interface Reached {
  /** When the first and when the last of them got there, after the wait began. */
  readonly firstMs: number;
  readonly allMs: number;
}

interface Waiting {
  readonly timeoutMs: number;
  /** When the wait began, by performance.now(), if it was before the call. */
  readonly since?: number;
}

/** How often views are read, and so how exact the times are. */
const LOOK_MS = 20;

/** Waits until every view holds at one moment. */
export async function untilAll(
  viewers: readonly Viewer[],
  what: string,
  holds: (alive: ReadonlySet<string>, viewer: Viewer) => boolean,
  { timeoutMs, since = performance.now() }: Waiting,
): Promise<Reached> {
  const look = async (viewer: Viewer) => holds(await viewer.alive(), viewer);
  const patience = new Patience(timeoutMs, since);
  let firstMs: number | undefined;
  let missing = [...viewers];
  while (true) {
    const lookedAt = performance.now();
    missing = await without(missing, look);
    if (missing.length < viewers.length) firstMs ??= performance.now() - since;
    // Who was there early may have gone back meanwhile.
    if (missing.length === 0) missing = await without(viewers, look);
    const elapsedMs = performance.now() - since;
    if (missing.length === 0) return { firstMs: firstMs ?? elapsedMs, allMs: elapsedMs };
    if (patience.isOver()) throw new Error(await explain(missing, what, timeoutMs));
    // Whoever asks all the time starves those that it asks.
    await pause(Math.max(LOOK_MS, performance.now() - lookedAt));
  }
}

/** Waits until everyone of them holds exactly these for alive; themselves when none are named. */
export function untilAllSee(
  viewers: readonly Viewer[],
  waiting: Waiting,
  names: readonly string[] = viewers.map(({ name }) => name),
): Promise<Reached> {
  const sees = (alive: ReadonlySet<string>) =>
    alive.size === names.length && names.every((name) => alive.has(name));
  return untilAll(viewers, `see ${names.join(", ")}`, sees, waiting);
}

export function untilAllMiss(
  viewers: readonly Viewer[],
  name: string,
  waiting: Waiting,
): Promise<Reached> {
  return untilAll(viewers, `miss ${name}`, (alive) => alive.size > 0 && !alive.has(name), waiting);
}

export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

async function without(
  viewers: readonly Viewer[],
  look: (viewer: Viewer) => Promise<boolean>,
): Promise<Viewer[]> {
  const looked = await Promise.all(viewers.map(look));
  return viewers.filter((_, index) => !looked[index]);
}

async function explain(missing: Viewer[], what: string, timeoutMs: number): Promise<string> {
  const views = await Promise.all(missing.map(async (viewer) => {
    return `${viewer.name} sees ${[...await viewer.alive()].join(", ") || "nobody"}`;
  }));
  return `Cannot see all of them ${what}: after ${timeoutMs} ms ${views.join("; ")}`;
}
