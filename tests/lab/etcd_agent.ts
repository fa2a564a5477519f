import type { TestProcess } from "../e2e/test_process.ts";
import type { LabHost } from "./lab_host.ts";
import type { Led } from "./led.ts";

const OWN_ID = /"local-member-id":"([0-9a-f]+)"/;
const LEADER = /raft\.node: \S+ (elected|changed|lost) leader (?:from \S+ to )?(\S+) at term/;

/** etcd with its default timing on a host of the lab. Its log says whom it follows. */
export class EtcdAgent implements Led {
  readonly host: LabHost;
  readonly process: TestProcess;
  #leaderId: string | undefined;
  #readTo = 0;

  constructor(host: LabHost, hosts: readonly LabHost[], dataDir: string) {
    this.host = host;
    const peers = hosts.map((each) => `${each.name}=${peerUrl(each)}`).join(",");
    this.process = host.start(
      ...["etcd", "--name", host.name, "--data-dir", dataDir, "--logger", "zap"],
      ...["--log-outputs", "stdout", "--initial-cluster", peers],
      ...["--listen-peer-urls", peerUrl(host), "--initial-advertise-peer-urls", peerUrl(host)],
      ...["--listen-client-urls", CLIENT_URL, "--advertise-client-urls", CLIENT_URL],
    );
  }

  get id(): string | undefined {
    return OWN_ID.exec(this.process.stdout())?.[1];
  }

  get leaderId(): string | undefined {
    const text = this.process.stdout();
    const end = text.lastIndexOf("\n") + 1;
    for (const line of text.slice(this.#readTo, end).split("\n")) {
      const [, what, leaderId] = LEADER.exec(line) ?? [];
      if (what !== undefined) this.#leaderId = what === "lost" ? undefined : leaderId;
    }
    this.#readTo = end;
    return this.#leaderId;
  }
}

/** Nobody asks it anything over this. */
const CLIENT_URL = "http://127.0.0.1:2379";

function peerUrl({ address }: LabHost): string {
  return `http://${address}:2380`;
}

/** A cluster that never ran before, in folders of its own. */
export function startEtcd(hosts: readonly LabHost[]): EtcdAgent[] {
  const name = `etcd-${crypto.randomUUID()}`;
  return hosts.map((host) => new EtcdAgent(host, hosts, `${host.folder}/${name}`));
}
