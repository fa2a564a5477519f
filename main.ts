/**
 * Picks one command, loads only its code, turns its end into an exit code.
 *
 * `commands/routes.ts` says which commands there are. A command file has flags in, one call,
 * rendering out; `src/cli/command.ts` shows how to write one.
 */
import { ROUTES } from "./commands/routes.ts";
import { run } from "./src/cli/run.ts";
import { IS_WORKER } from "./src/cli/worker.ts";

if (IS_WORKER) (await import("./src/sim/soak_worker.ts")).serveSoak();
else if (import.meta.main) Deno.exit(await run(ROUTES, Deno.args));
