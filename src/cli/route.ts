import type { Command } from "./command.ts";
import { usageFailure } from "./failure.ts";
import { didYouMean } from "./nearest.ts";

/** One command: what it is for, and how to load the code that does it. */
export interface CommandRoute {
  readonly brief: string;
  readonly hidden?: boolean;
  readonly load: () => Promise<Command>;
}

/** Several commands about one thing. */
export interface GroupRoute {
  readonly brief: string;
  readonly routes: Routes;
}

export type Route = CommandRoute | GroupRoute;
export type Routes = Readonly<Record<string, Route>>;

export interface Found {
  readonly route: Route;
  /** The words that led here, without the program's name. */
  readonly path: readonly string[];
  /** The words that are left: flags and arguments. */
  readonly rest: readonly string[];
}

export function isGroup(route: Route): route is GroupRoute {
  return "routes" in route;
}

export function visibleNames(routes: Routes): string[] {
  return Object.keys(routes).filter((name) => {
    const route = routes[name];
    return route !== undefined && (isGroup(route) || route.hidden !== true);
  });
}

/** Follows words down the routes. A word that leads nowhere is refused with its nearest match. */
export function findRoute(root: GroupRoute, words: readonly string[]): Found {
  let route: Route = root;
  const path: string[] = [];
  let rest = words;
  while (isGroup(route)) {
    const [word, ...others] = rest;
    if (word === undefined || word.startsWith("-")) break;
    const next: Route | undefined = Object.hasOwn(route.routes, word)
      ? route.routes[word]
      : undefined;
    if (next === undefined) throw unknownCommand(path, word, route);
    route = next;
    path.push(word);
    rest = others;
  }
  return { route, path, rest };
}

function unknownCommand(path: readonly string[], word: string, group: GroupRoute) {
  const line = ["peat", ...path, word].join(" ");
  const help = ["peat", ...path, "--help"].join(" ");
  return usageFailure(
    `Cannot run ${JSON.stringify(line)}: there is no such command`,
    didYouMean(
      word,
      visibleNames(group.routes),
      `run \`${help}\` for those there are`,
      ["peat", ...path, ""].join(" "),
    ),
  );
}
