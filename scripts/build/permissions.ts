/**
 * What peat may do, whichever kind of executable it is. A node needs sockets (`net`), its data
 * directory (`read`, `write`), its environment (`env`), the list of network interfaces (`sys`),
 * and `demo` starts other nodes (`run`). Nothing else is granted, foreign code (`ffi`) least of all.
 */
export const PERMISSION_FLAGS = [
  "--no-prompt",
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-run",
] as const;

/**
 * What both kinds of executable turn on or off in the runtime besides permissions. The runtime keeps
 * the code that it compiled for the next start. Left to be lazy it would keep no function but those
 * that run at once, and compile all others again in every start: a fifth of what a node's costs.
 */
export const RUNTIME_FLAGS = [
  "--no-config",
  "--no-npm",
  "--no-remote",
  "--unstable-net",
  "--v8-flags=--no-lazy",
] as const;
