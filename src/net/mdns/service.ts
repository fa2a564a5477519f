import { isNodeId, type NodeId } from "../../core/kernel/ids.ts";
import { familyOf } from "../socket_address.ts";
import {
  LONGEST_LABEL_BYTES,
  type Name,
  type RecordData,
  type ResourceRecord,
  TYPE,
} from "./message.ts";

export const SERVICE: Name = ["_peat", "_udp", "local"];
/** Where all the kinds of service on a network are asked for. */
export const ALL_SERVICES: Name = ["_services", "_dns-sd", "_udp", "local"];

/** How long others may believe a record. Nodes come and go, so that none is good for an hour. */
export const TTL_SECONDS = 120;

const PREFIX = "peat-";

/** What a node says of itself on one interface. */
export interface Announcement {
  readonly nodeId: NodeId;
  /** For streams. */
  readonly port: number;
  readonly beaconPort: number;
  /** Tells members that this is one of them, and strangers nothing. Absent without a formation. */
  readonly formationTag?: string | undefined;
  /** The interface's own, one of each family that it has. */
  readonly addresses: readonly string[];
}

/** The names that a node takes, the second try on after others had them before it. */
export function namesOf(nodeId: NodeId, attempt: number): { instance: Name; host: Name } {
  const ending = attempt === 0 ? "" : `-${attempt + 1}`;
  const fit = (label: string) => label.slice(0, LONGEST_LABEL_BYTES - ending.length) + ending;
  return {
    instance: [fit(PREFIX + nodeId), ...SERVICE],
    // A host's own name is often the node's id as well, and it is the machine's to announce.
    host: [fit(PREFIX + nodeId.replaceAll(/[^A-Za-z0-9-]/g, "-")), "local"],
  };
}

/** What was learnt of one instance of the service. */
export interface Instance {
  readonly label: string;
  readonly port: number;
  readonly texts: readonly string[];
  readonly addresses: readonly string[];
}

export interface InstanceView {
  readonly nodeId: NodeId;
  readonly port: number;
  readonly beaconPort: number | undefined;
  readonly formationTag: string | undefined;
}

/** What an instance says of its node, or undefined when it names none. Anybody may have said it. */
export function readInstance({ label, port, texts }: Instance): InstanceView | undefined {
  const values = readTexts(texts);
  const nodeId = values.get("node_id") ??
    (label.startsWith(PREFIX) ? label.slice(PREFIX.length) : "");
  if (!isNodeId(nodeId)) return undefined;
  const beaconPort = Number(values.get("beacon_port"));
  const isPort = Number.isInteger(beaconPort) && beaconPort > 0 && beaconPort <= 0xffff;
  return {
    nodeId,
    port,
    beaconPort: isPort ? beaconPort : undefined,
    formationTag: values.get("formation_id"),
  };
}

/** The first value of each key; keys count alike in either case. */
function readTexts(texts: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const text of texts) {
    const at = text.indexOf("=");
    const key = (at < 0 ? text : text.slice(0, at)).toLowerCase();
    if (!values.has(key)) values.set(key, at < 0 ? "" : text.slice(at + 1));
  }
  return values;
}

/** Everything that a node says, under the names that it took. */
export function recordsOf(
  { nodeId, port, beaconPort, formationTag, addresses }: Announcement,
  { instance, host }: ReturnType<typeof namesOf>,
): ResourceRecord[] {
  const texts = [`node_id=${nodeId}`, `port=${port}`, `beacon_port=${beaconPort}`];
  if (formationTag !== undefined) texts.push(`formation_id=${formationTag}`);
  const shared = { ttlSeconds: TTL_SECONDS, isWhole: false };
  const own = { ttlSeconds: TTL_SECONDS, isWhole: true };
  return [
    { name: SERVICE, ...shared, data: { type: "PTR", target: instance } },
    { name: ALL_SERVICES, ...shared, data: { type: "PTR", target: SERVICE } },
    { name: instance, ...own, data: { type: "SRV", priority: 0, weight: 0, port, target: host } },
    { name: instance, ...own, data: { type: "TXT", texts } },
    ...addresses.map((address) => ({ name: host, ...own, data: addressData(address) })),
  ];
}

function addressData(address: string): RecordData {
  return { type: familyOf(address) === "IPv6" ? "AAAA" : "A", address };
}

export function answersTo(type: number, { data }: ResourceRecord): boolean {
  return type === TYPE.ANY || type === TYPE[data.type];
}
