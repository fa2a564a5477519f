import { Random } from "../../src/core/kernel/random.ts";
import { Mdns, MDNS_PORT } from "../../src/net/mdns/mdns.ts";
import { fail, type Finding, pass, warn } from "./check.ts";

/**
 * Takes the port and the group of multicast DNS on every interface as a node does, beside whoever
 * has them already. It says nothing, so that nobody hears of a node that is not there.
 */
export async function examineMdns(interfaces: readonly string[]): Promise<Finding> {
  const refused: string[] = [];
  try {
    const mdns = await Mdns.open({
      announcement: { nodeId: "doctor", port: MDNS_PORT, beaconPort: MDNS_PORT },
      isSilent: true,
      interfaces,
      random: new Random("doctor"),
      now: () => performance.now(),
      onEvent: () => {},
      onRefused: ({ name, address }, reason) => refused.push(`${name} ${address}: ${reason}`),
    });
    const used = mdns.interfaces.map(({ name, address }) => `${name} ${address}`);
    await mdns.close();
    if (used.length === 0) {
      return fail(
        `no interface can be used: ${refused.join("; ") || "none has an address"}`,
        "run without it: --discovery multicast,static",
      );
    }
    const where = `UDP port ${MDNS_PORT} can be shared on ${used.join(", ")}`;
    if (refused.length === 0) return pass(where);
    return warn(`${where}, but not on ${refused.join("; ")}`, "see: ip link");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fail(reason, "stop the program that has the port to itself, or run without mdns");
  }
}
