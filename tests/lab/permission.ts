import { succeeds } from "./succeeds.ts";

/** Tried in order; the first that does not hold is the reason. */
const NEEDS: readonly [reason: string, holds: () => Promise<boolean>][] = [
  ["it needs Linux", () => Promise.resolve(Deno.build.os === "linux")],
  ["it needs root", () => Promise.resolve(Deno.uid() === 0)],
  ["`ip` is not installed", () => succeeds("ip", "-Version")],
  ["`cc` is not installed", () => succeeds("cc", "--version")],
  ["there is no /dev/net/tun", () => succeeds("test", "-c", "/dev/net/tun")],
  ["network namespaces are not permitted", () => succeeds("unshare", "--net", "true")],
  // Both happen in a namespace that ends with the command.
  [
    "TAP devices are not permitted",
    () => succeeds("unshare", "--net", "ip", "tuntap", "add", "dev", "tap0", "mode", "tap"),
  ],
  [
    "/run/netns cannot be mounted",
    () =>
      succeeds(
        "unshare",
        "--mount",
        "sh",
        "-c",
        "ip netns add peat-trial-$$ && ip netns delete peat-trial-$$",
      ),
  ],
];

export async function reasonItCannotRun(): Promise<string | undefined> {
  for (const [reason, holds] of NEEDS) if (!await holds()) return reason;
  return undefined;
}
