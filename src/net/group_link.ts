import type { RemoteInfo, Socket } from "node:dgram";
import type { OnDatagram } from "./datagram_reader.ts";
import { hostnameOf, type NetworkInterface } from "./interfaces.ts";
import type { Family } from "./socket_address.ts";
import { bind, closeSocket, createUdpSocket } from "./udp_socket.ts";

const TIME_TO_LIVE = 1;

/** One family's way to be in a group. */
export interface GroupSockets {
  readonly group: string;
  /** The port that the group is heard on. */
  readonly port: number;
  join(network: NetworkInterface): Promise<GroupLink>;
  /** What sends to hosts of no link in particular, where there is such a thing. */
  readonly anywhere: Socket | undefined;
  close(): Promise<void>;
}

/** The group on one interface. */
export interface GroupLink {
  readonly network: NetworkInterface;
  /** Multicasts through this interface only, and hears the answers. */
  readonly socket: Socket;
  leave(): Promise<void>;
}

/** A socket that multicasts through one interface, where this machine hears it too. */
export async function openSender(
  network: NetworkInterface,
  { port = 0, timeToLive = TIME_TO_LIVE } = {},
): Promise<Socket> {
  // A port that is named is one that others share.
  const socket = await createUdpSocket(network.family, port !== 0);
  await bind(socket, hostnameOf(network), port);
  try {
    // The runtime takes an IPv6 interface by its name, as the scope of an address.
    socket.setMulticastInterface(
      network.family === "IPv4" ? network.address : scopedTo(network.name),
    );
    socket.setMulticastTTL(timeToLive);
    socket.setMulticastLoopback(true);
    return socket;
  } catch (error) {
    await closeSocket(socket);
    throw error;
  }
}

/** Says which IPv6 interface is meant. */
export function scopedTo(name: string): string {
  return `::%${name}`;
}

/** Hands on what a socket hears. */
export function listen(socket: Socket, onDatagram: OnDatagram, onError: () => void): void {
  socket.on("message", (bytes: Uint8Array, { address, port }: RemoteInfo) => {
    onDatagram(bytes, address, port);
  });
  socket.on("error", onError);
}

/** The one place that says of which family a group is. */
export function groupFamilyOf(group: string): Family | undefined {
  const first = Number(/^(\d+)(?:\.\d+){3}$/.exec(group)?.[1]);
  if (first >= 224 && first <= 239) return "IPv4";
  // A wider scope would need more than one hop.
  return /^ff[0-9a-f]2:[0-9a-f:]+$/i.test(group) ? "IPv6" : undefined;
}
