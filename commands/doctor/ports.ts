import { loopbackOnly } from "../../src/net/interfaces.ts";
import { Multicast } from "../../src/net/multicast.ts";
import { openEndpoint } from "../../src/net/quic/endpoint.ts";
import { DEFAULT_PORT } from "../../src/net/quic/quic_transport.ts";
import { fail, failedBy, type Finding, pass, warn } from "./check.ts";

/** Multicast to the hosts of one link, which is never joined here. */
const ANY_GROUP = "224.0.0.1";

/** The part of a node's status that this is about. */
export interface PortHolder {
  readonly nodeId: string;
  readonly port?: number;
  readonly beaconPort: number;
}

/** Nodes share the port for beacons; only a program that does not share it is in the way. */
export async function examineBeaconPort(
  port: number,
  nodes: readonly PortHolder[],
): Promise<Finding> {
  try {
    await openWithoutInterfaces(port);
  } catch (error) {
    return refused(port, error);
  }
  const sharers = nodes.filter(({ beaconPort }) => beaconPort === port);
  const shared = sharers.map(({ nodeId }) => nodeId).join(", ");
  return pass(`UDP port ${port} can be shared${shared === "" ? "" : `, as ${shared} does`}`);
}

/** Binds as a node does, and joins nothing, so that it hears no beacon and nobody notices. */
async function openWithoutInterfaces(port: number): Promise<void> {
  const multicast = await Multicast.open({
    groups: [ANY_GROUP],
    port,
    interfaces: [],
    list: () => [],
    onDatagram: () => {},
    onChange: () => {},
  });
  await multicast.close();
}

/** The port for streams belongs to one node alone. */
export function examineStreamPort(
  port: number,
  interfaces: readonly string[],
  nodes: readonly PortHolder[],
): Finding {
  const holder = nodes.find((node) => node.port === port);
  if (holder !== undefined) return pass(`UDP port ${port} is held by the node ${holder.nodeId}`);
  try {
    openEndpoint(loopbackOnly(interfaces), port).close();
  } catch (error) {
    return port === DEFAULT_PORT ? detour(port) : refused(port, error);
  }
  return pass(port === 0 ? "any free UDP port will do" : `UDP port ${port} is free`);
}

/** Who did not ask for this very port is given another one. */
function detour(port: number): Finding {
  return warn(
    `another program has UDP port ${port}, so a node would take any other, which firewalls must ` +
      "let through",
    whoHas(port),
  );
}

function refused(port: number, error: unknown): Finding {
  const { detail } = failedBy(error);
  return fail(detail, whoHas(port));
}

function whoHas(port: number): string {
  return `ss -lunp "sport = :${port}"`;
}
