import { JOINED_FILE } from "../security/joined_file.ts";
import { privateFileExists } from "../security/private_file.ts";
import { PlainCodec } from "./datagram_codec.ts";
import type { Membership, MembershipOptions } from "./membership.ts";

/** Opens the formation, if the node is in one. */
export async function openMembership(options: MembershipOptions): Promise<Membership> {
  const formationPath = options.formationPath ?? joinedPath(options.dataDir);
  if (formationPath === undefined) return { codec: new PlainCodec() };
  // Cryptography and QUIC are a good third of a start, which a node without a formation is spared.
  const { openMember } = await import("./member.ts");
  return await openMember({ ...options, formationPath });
}

function joinedPath(dataDir: string): string | undefined {
  const path = `${dataDir}/${JOINED_FILE}`;
  return privateFileExists(path) ? path : undefined;
}
