import { loopbackOnly } from "../net/interfaces.ts";
import { Credentials } from "../security/credentials.ts";
import { FormationTime } from "../security/formation_time.ts";
import { ReplayWindows } from "../security/replay_windows.ts";
import { realClock } from "./clock.ts";
import type { Membership, MembershipOptions } from "./membership.ts";
import { ReplayMarkKeeper } from "./replay_mark_keeper.ts";
import { SealedCodec } from "./sealed_codec.ts";
import { Streams } from "./streams.ts";

export interface MemberOptions extends MembershipOptions {
  readonly formationPath: string;
}

/** Opens the formation and the port for streams. */
export async function openMember(options: MemberOptions): Promise<Membership> {
  const { formationPath, nodeId, dataDir, boot, interfaces, store, log } = options;
  const credentials = Credentials.open({ formationPath, dataDir, nodeId, ...roleOf(options) });
  const time = new FormationTime(credentials, { monotonicMs: realClock.now, wallMs: Date.now });
  const windows = new ReplayWindows();
  const marks = new ReplayMarkKeeper({ windows, store, clock: realClock, log });
  const codec = new SealedCodec({ credentials, boot, time, windows });
  const streams = await Streams.open({
    ...options,
    credentials,
    certificates: () => codec.gate?.certificates,
    // A node that keeps to loopback takes streams there alone.
    hostname: loopbackOnly(interfaces),
    now: realClock.now,
    formationTimeMs: () => time.nowMs(),
  });
  return { codec, credentials, streams, time, marks };
}

function roleOf({ role }: MemberOptions) {
  return role === undefined ? {} : { role };
}
