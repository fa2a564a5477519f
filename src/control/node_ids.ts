import { ControlClient } from "./client.ts";
import { runningNodes, type WhichNode } from "./locate.ts";

/**
 * The ids that the running nodes know, for a shell that completes a word. Whoever does not answer
 * within the budget is left out, and nothing that goes wrong is said: the person is still typing.
 */
export async function liveNodeIds(
  budgetMs: number,
  which: WhichNode = { env: (name) => Deno.env.get(name) },
): Promise<string[]> {
  const ids = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const outOfTime = new Promise<void>((resolve) => timer = setTimeout(resolve, budgetMs));
  await Promise.race([outOfTime, collect(ids, budgetMs, which).catch(() => {})]);
  clearTimeout(timer);
  return [...ids].sort();
}

async function collect(ids: Set<string>, budgetMs: number, which: WhichNode): Promise<void> {
  const sockets = which.socket === undefined
    ? (await runningNodes(which)).map((node) => node.socket)
    : [which.socket];
  await Promise.all(sockets.map(async (socket) => {
    const nodes = await new ControlClient(socket, budgetMs).nodes().catch(() => []);
    for (const node of nodes) if (node.state === "alive") ids.add(node.nodeId);
  }));
}
