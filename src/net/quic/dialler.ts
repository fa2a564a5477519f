import type { Address, NodeId } from "../../core/kernel/ids.ts";
import type { Millis } from "../../core/kernel/time.ts";
import type { Authenticator, HandshakeMachine } from "../authenticator.ts";
import { type Closing, fromDialError } from "./closing.ts";
import { Dial } from "./dial.ts";
import type { Link } from "./link.ts";
import { parseSocketAddress, type SocketAddress } from "../socket_address.ts";
import type { Tasks } from "./tasks.ts";
import { within } from "./timer.ts";

/** How to dial a node: which certificates are good there. */
export interface ClientTls {
  /** The name that its certificate must carry, */
  readonly serverName: string;
  /** and whom it must be signed by, in PEM. */
  readonly caCerts: string[];
  /** Instead of both, its hash. The declarations of Deno 2.9 leave this option out. */
  readonly serverCertificateHashes?: { algorithm: "sha-256"; value: Uint8Array }[];
}

export interface DiallerOptions {
  readonly endpoint: Deno.QuicEndpoint;
  readonly alpn: string;
  readonly tls: (peer: NodeId) => ClientTls;
  readonly authenticator: Authenticator;
  readonly dialMs: Millis;
  readonly transport: Deno.QuicTransportOptions;
  readonly createLink: (
    connection: Deno.QuicConn,
    machine: HandshakeMachine,
    dial: Dial,
  ) => Link;
  /** No connection came to be. What befalls a link later is told by the link. */
  readonly onFailed: (dial: Dial, closing: Closing) => void;
  readonly tasks: Tasks;
}

export class Dialler {
  readonly #options: DiallerOptions;

  constructor(options: DiallerOptions) {
    this.#options = options;
  }

  dial(peer: NodeId, address: Address): Dial {
    const dial = new Dial(peer, address);
    this.#options.tasks.run(() => this.#run(dial));
    return dial;
  }

  async #run(dial: Dial): Promise<void> {
    const { authenticator, createLink, onFailed } = this.#options;
    const target = parseSocketAddress(dial.address);
    // The caller still waits for its dial, so not even a bad address fails at once.
    await Promise.resolve();
    const result = target === undefined
      ? { code: "badAddress", reason: `${dial.address} is not an address and a port` } as const
      : await this.#connect(dial.peer, target);
    if ("code" in result) {
      if (!dial.isCancelled) onFailed(dial, result);
    } else if (dial.isCancelled) {
      result.close();
    } else {
      dial.reached(createLink(result, authenticator.client(dial.peer), dial));
    }
  }

  /** The runtime takes half a minute to give up, which is too long for most. */
  async #connect(peer: NodeId, target: SocketAddress): Promise<Deno.QuicConn | Closing> {
    const { dialMs, tasks } = this.#options;
    const connecting = this.#connectQuic(peer, target);
    const result = await within(dialMs, connecting);
    if (result !== undefined) return result;
    tasks.run(async () => {
      const late = await connecting;
      if (!("code" in late)) late.close();
    });
    return { code: "unreachable", reason: `there was no answer in ${dialMs} ms` };
  }

  async #connectQuic(peer: NodeId, target: SocketAddress): Promise<Deno.QuicConn | Closing> {
    const { endpoint, alpn, tls, transport } = this.#options;
    try {
      return await Deno.connectQuic({
        ...transport,
        ...target,
        endpoint,
        alpnProtocols: [alpn],
        ...tls(peer),
      });
    } catch (error) {
      return fromDialError(error);
    }
  }
}
