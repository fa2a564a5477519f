import { groupFamilyOf } from "../../src/net/group_link.ts";
import { hostnameOf } from "../../src/net/interfaces.ts";
import { isLoopback } from "../../src/net/socket_address.ts";
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
    return fail("no interface has an address", LIST_LINKS);
  }
  if (missing.length > 0) {
    const known = present.map((one) => `${one.name} ${hostnameOf(one)}`).join(", ");
    return fail(
      `this machine has no ${missing.join(", ")} now; there is ${known}`,
      `peat doctor --interface ${hostnameOf(first)}`,
    );
  }
  const usable = interfaces.filter(({ outcome }) => outcome !== "refused");
  const refused = interfaces.filter(({ outcome }) => outcome === "refused");
  const said = [
    ...usable.map(nameOf),
    ...refused.map((one) => `${nameOf(one)} cannot multicast: ${one.reason}`),
  ].join(", ");
  const [culprit] = thoseThatMatter(refused, interfaces, wanted);
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
  groups: readonly string[],
): Finding {
  const joined = interfaces.filter(({ outcome }) => outcome !== "refused");
  const group = groups.join(" or ");
  if (joined.length === 0) {
    return skip(`no interface joined ${group}`, "peat doctor");
  }
  const counted = thoseThatCount(joined, interfaces, wanted);
  const silent = counted.filter(({ outcome }) => outcome === "silent");
  const heard = joined.filter(({ outcome }) => outcome === "heard");
  const heardText = `${group} is heard on ${heard.map(nameOf).join(", ")}`;
  const notes = joined.filter((one) => one.outcome === "silent" && !counted.includes(one))
    .map((one) => `; not on ${nameOf(one)}`).join("");
  if (silent.length === 0) return pass(heardText + notes);
  const silentText = `nothing sent to ${group} comes back on ${silent.map(nameOf).join(", ")}`;
  const remedy = letIn(groups.find((one) => groupFamilyOf(one) === silent[0]?.family)!);
  return wanted.length > 0 || silent.length === counted.length
    ? fail(silentText, remedy)
    : warn(`${silentText}; ${heardText}`, remedy);
}

function letIn(group: string): string {
  const command = groupFamilyOf(group) === "IPv6" ? "ip6tables" : "iptables";
  return `${command} -I INPUT -p udp -d ${group} -j ACCEPT`;
}

/** A node on a network can do without loopback. */
function thoseThatCount(
  joined: readonly InterfaceTrial[],
  all: readonly InterfaceTrial[],
  wanted: readonly string[],
): readonly InterfaceTrial[] {
  const outward = joined.filter(({ address }) => !isLoopback(address));
  const counted = wanted.length > 0 || outward.length === 0 ? joined : outward;
  return thoseThatMatter(counted, all, wanted);
}

/** Where a network has IPv4 a node can do without IPv6, unless that was asked for by its address. */
function thoseThatMatter(
  some: readonly InterfaceTrial[],
  all: readonly InterfaceTrial[],
  wanted: readonly string[],
): readonly InterfaceTrial[] {
  const hasIpv4 = (name: string) =>
    all.some((one) => one.name === name && one.family === "IPv4" && one.outcome !== "refused");
  return some.filter(({ name, family, address }) =>
    family === "IPv4" || wanted.includes(address) || !hasIpv4(name)
  );
}

function nameOf({ name, address }: { readonly name: string; readonly address: string }): string {
  return `${name} ${address}`;
}
