import type { SettingKey, Settings } from "../src/cli/settings.ts";

/** The settings that decide whom a node can meet. */
export const NETWORK_SETTINGS = [
  "peer",
  "discovery",
  "peersFile",
  "emcon",
  "interface",
  "beaconPort",
  "group",
  "profile",
] as const satisfies readonly SettingKey[];

/** The same for every node that this program makes, however long it lives. */
export function networkOptions(settings: Pick<Settings, (typeof NETWORK_SETTINGS)[number]>) {
  const { peer: peers, group: groups, interface: interfaces = [], ...same } = settings;
  const { discovery, peersFile, emcon, beaconPort, profile } = same;
  return { peers, groups, interfaces, discovery, peersFile, emcon, beaconPort, profile };
}
