import { usageFailure } from "../src/cli/failure.ts";
import { familyOf, scopeOf } from "../src/net/socket_address.ts";

/** An IP address that others can be told of, or nothing when nothing was said. */
export function checkedAddress(flag: string, address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  if (familyOf(address) !== undefined && scopeOf(address) === undefined) return address;
  throw usageFailure(
    `Cannot use ${JSON.stringify(address)} with ${flag}: it is no IP address that others can use`,
    "write it like 192.0.2.7 or 2001:db8::7",
  );
}
