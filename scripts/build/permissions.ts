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

/** What both kinds of executable turn on or off in the runtime besides permissions. */
export const RUNTIME_FLAGS = ["--no-config", "--no-npm", "--no-remote", "--unstable-net"] as const;
