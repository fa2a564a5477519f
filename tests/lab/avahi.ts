import type { TestProcess } from "../e2e/test_process.ts";
import type { LabHost } from "./lab_host.ts";

const PROGRAMS = ["avahi-daemon", "avahi-browse", "avahi-publish", "dbus-daemon"] as const;

const BUS = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=SOCKET</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
`;

/** Why this machine has no Avahi, or nothing when it has. */
export async function reasonAvahiCannotRun(): Promise<string | undefined> {
  for (const program of PROGRAMS) {
    try {
      await new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" })
        .output();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      return `\`${program}\` is not installed`;
    }
  }
  return undefined;
}

/** Avahi's daemon on a host of the lab, with a message bus that is its own. */
export class Avahi {
  readonly #host: LabHost;
  readonly #bus: string;

  private constructor(host: LabHost, bus: string) {
    this.#host = host;
    this.#bus = bus;
  }

  static async start(host: LabHost): Promise<Avahi> {
    const bus = `${host.folder}/bus`;
    await Deno.writeTextFile(`${host.folder}/bus.conf`, BUS.replace("SOCKET", bus));
    await Deno.writeTextFile(
      `${host.folder}/avahi.conf`,
      "[server]\nuse-ipv4=yes\nuse-ipv6=yes\n[publish]\npublish-workstation=no\n",
    );
    const config = `--config-file=${host.folder}/bus.conf`;
    const dbus = host.start("dbus-daemon", "--nofork", "--print-address", config);
    await dbus.line(/unix:path/, { from: "stdout" });
    const avahi = new Avahi(host, bus);
    // Its files have fixed places, so it has a /run of its own to have them in.
    const daemon = host.start(
      ...["env", `DBUS_SYSTEM_BUS_ADDRESS=unix:path=${bus}`],
      ...["unshare", "--mount", "sh", "-c"],
      "mount -t tmpfs none /run && mkdir -p /run/avahi-daemon && " +
        `exec avahi-daemon --no-drop-root --no-chroot --no-rlimits -f ${host.folder}/avahi.conf`,
    );
    await daemon.line(/Server startup complete/);
    return avahi;
  }

  /** What it finds of a kind of service, resolved, as `avahi-browse` prints it for programs. */
  async browse(type: string): Promise<string> {
    const { stdout } = await this.#host.run(
      ...this.#env,
      ...["avahi-browse", "--parsable", "--resolve", "--terminate", type],
    );
    return stdout;
  }

  /** Publishes a service until the process ends. */
  publish(name: string, type: string, port: number, ...texts: string[]): TestProcess {
    const words = ["avahi-publish", "-s", name, type, String(port), ...texts];
    return this.#host.start(...this.#env, ...words);
  }

  get #env(): string[] {
    return ["env", `DBUS_SYSTEM_BUS_ADDRESS=unix:path=${this.#bus}`];
  }
}
