import { isLoopback } from "../../src/net/interfaces.ts";
import { fail, type Finding, pass, skip, warn } from "./check.ts";
import type { InterfaceTrial, MulticastTrial } from "./multicast_trial.ts";

/** Shows what there is to bring up, and what it is called. */
const LIST_LINKS = "ip -brief link";

/** Which interfaces there are, and which of them can be in a group. */
export function judgeInterfaces(
  { present, missing, interfaces }: MulticastTrial,
  wanted: readonly string[],
): Finding {
  const [first] = present;
  if (first === undefined) {
    return fail("no interface has an IPv4 address", LIST_LINKS);
  }
  if (missing.length > 0) {
    const known = present.map(nameOf).join(", ");
    return fail(
      `this machine has no ${missing.join(", ")} now; there is ${known}`,
      `peat doctor --interface ${first.address}`,
    );
  }
  const usable = interfaces.filter(({ outcome }) => outcome !== "refused");
  const refused = interfaces.filter(({ outcome }) => outcome === "refused");
  const said = [
    ...usable.map(nameOf),
    ...refused.map((one) => `${nameOf(one)} cannot multicast: ${one.reason}`),
  ].join(", ");
  const [culprit] = refused;
  if (culprit !== undefined && (wanted.length > 0 || usable.length === 0)) {
    return fail(said, `ip link set dev ${culprit.name} multicast on`);
  }
  if (wanted.length === 0 && usable.every(({ address }) => isLoopback(address))) {
    return warn(
      `${said}: only nodes on this machine can be reached`,
      culprit === undefined ? LIST_LINKS : `ip link set dev ${culprit.name} multicast on`,
    );
  }
  return pass(said);
}

/** Whether each interface hears what it sends to the group. */
export function judgeMulticast(
  { interfaces }: MulticastTrial,
  wanted: readonly string[],
  group: string,
): Finding {
  const joined = interfaces.filter(({ outcome }) => outcome !== "refused");
  if (joined.length === 0) {
    return skip(`no interface joined ${group}`, "peat doctor");
  }
  const counted = thoseThatCount(joined, wanted);
  const silent = counted.filter(({ outcome }) => outcome === "silent");
  const heard = joined.filter(({ outcome }) => outcome === "heard");
  const heardText = `${group} is heard on ${heard.map(nameOf).join(", ")}`;
  if (silent.length === 0) return pass(heardText);
  const silentText = `nothing sent to ${group} comes back on ${silent.map(nameOf).join(", ")}`;
  const remedy = `iptables -I INPUT -p udp -d ${group} -j ACCEPT`;
  return wanted.length > 0 || silent.length === counted.length
    ? fail(silentText, remedy)
    : warn(`${silentText}; ${heardText}`, remedy);
}

/** A node on a network can do without loopback. */
function thoseThatCount(
  joined: readonly InterfaceTrial[],
  wanted: readonly string[],
): readonly InterfaceTrial[] {
  const outward = joined.filter(({ address }) => !isLoopback(address));
  return wanted.length > 0 || outward.length === 0 ? joined : outward;
}

function nameOf({ name, address }: { readonly name: string; readonly address: string }): string {
  return `${name} ${address}`;
}
