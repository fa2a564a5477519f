/**
 * What peat may do, whichever kind of executable it is. A node needs sockets (`net`), its data
 * directory (`read`), its environment (`env`) and the list of network interfaces (`sys`). Nothing
 * but these and the two below is granted, foreign code (`ffi`) least of all.
 */
export const PERMISSION_FLAGS = [
  "--no-prompt",
  "--allow-net",
  "--allow-read",
  "--allow-env",
  "--allow-sys",
] as const;

/**
 * What only some commands need: `demo` starts other nodes, and a node writes in few places. The
 * launcher of a portable executable grants each what it needs. A compiled executable has one set of
 * permissions for all, of which the program gives back what it can.
 */
export const BROAD_FLAGS = ["--allow-write", "--allow-run"] as const;

/**
 * What both kinds of executable turn on or off in the runtime besides permissions. The runtime keeps
 * the code that it compiled for the next start. Left to be lazy it would keep no function but those
 * that run at once, and compile all others again in every start: a fifth of what a node's costs. What
 * a start makes fits into eight megabytes, so that none of it is collected while others start too.
 */
export const RUNTIME_FLAGS = [
  "--no-config",
  "--no-npm",
  "--no-remote",
  "--unstable-net",
  "--v8-flags=--no-lazy,--min-semi-space-size=8",
] as const;
