import {
  CAPABILITY_PATHS,
  CapabilityList,
  ChangeAnswer,
  HoldersAnswer,
  QueryAnswer,
} from "./capability_contract.ts";
import type { ControlClient } from "./client.ts";

/** Who can do what is asked for; with `liveMs`, after everybody was asked for so long. */
export function askQuery(
  client: ControlClient,
  text: string,
  liveMs?: number,
): Promise<QueryAnswer> {
  const live = liveMs === undefined ? "" : `&liveMs=${Math.round(liveMs)}`;
  const path = `${CAPABILITY_PATHS.query}?text=${encodeURIComponent(text)}${live}`;
  return client.ask("GET", path, QueryAnswer);
}

/** What the node can do. */
export function listCapabilities(client: ControlClient): Promise<CapabilityList> {
  return client.ask("GET", CAPABILITY_PATHS.list, CapabilityList);
}

/** What is to be changed, as it was typed. */
export type Changing = readonly [kind: "set" | "clear" | "health", value: string];

/** Changes what the node can do, or only asks what that would come to. */
export function changeCapability(
  client: ControlClient,
  [kind, value]: Changing,
  isDryRun: boolean,
): Promise<ChangeAnswer> {
  const query = `${kind}=${encodeURIComponent(value)}${isDryRun ? "&dryRun=1" : ""}`;
  return client.ask("POST", `${CAPABILITY_PATHS.change}?${query}`, ChangeAnswer);
}

/** Which peers know all that the node can do, as far as they answer in time. */
export function askHolders(client: ControlClient, withinMs: number): Promise<HoldersAnswer> {
  const path = `${CAPABILITY_PATHS.holders}?withinMs=${Math.round(withinMs)}`;
  return client.ask("GET", path, HoldersAnswer);
}
