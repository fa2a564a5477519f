/** The lab does to frames what it says. They are multicast, so that no address has to be asked for. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { until } from "../e2e/until.ts";
import type { PortCounters } from "./hub.ts";
import { ip } from "./ip.ts";
import { namespaceName, namespacePath, randomId } from "./keeper.ts";
import { Lab } from "./lab.ts";
import type { LabHost } from "./lab_host.ts";
import { testWithLab } from "./test_with_lab.ts";

const MANY = 1_000;

/** The kernel says a few things of its own when a link comes up. */
const CHATTER = 50;

/** In bursts, so that no queue of the kernel overflows on a busy machine. */
async function sendMany(host: LabHost): Promise<void> {
  const burst = "for _ in $(seq 100); do echo frame >/dev/udp/239.1.2.3/9; done; sleep 0.01";
  const script = `for _ in $(seq ${MANY / 100}); do ${burst}; done`;
  equal((await host.run("bash", "-c", script)).code, 0);
}

/** What a port counted while a host sent many frames and all of them came to their end. */
async function counted(lab: Lab, number: number, from: number): Promise<PortCounters> {
  const before = await counters(lab, number);
  const { sentFrames } = await counters(lab, from);
  await sendMany(lab.host(from));
  await until(
    `all frames of host ${from} carried`,
    () => lab.counters(),
    ({ held, ports }) => held === 0 && ports[from - 1]!.sentFrames >= sentFrames + MANY,
  );
  const after = await counters(lab, number);
  const names = Object.keys(after) as (keyof PortCounters)[];
  return Object.fromEntries(
    names.map((name) => [name, after[name] - before[name]]),
  ) as unknown as PortCounters;
}

async function counters(lab: Lab, number: number): Promise<PortCounters> {
  const found = (await lab.counters()).ports[number - 1];
  ok(found !== undefined);
  return found;
}

function isAbout(actual: number, expected: number): boolean {
  return Math.abs(actual - expected) <= 100 + CHATTER;
}

testWithLab("a clean lab carries every frame to everyone", { hosts: 3 }, async (lab) => {
  for (const number of [2, 3]) {
    const { receivedFrames, lost } = await counted(lab, number, 1);
    ok(receivedFrames >= MANY);
    equal(lost, 0);
  }
});

testWithLab("loss takes its share from each host by itself", { hosts: 3 }, async (lab) => {
  await lab.shape({ loss: 0.3 }, [2]);
  ok(isAbout((await counted(lab, 2, 1)).lost, 0.3 * MANY));
  equal((await counted(lab, 3, 1)).lost, 0);
});

testWithLab("bursts lose while the channel is bad", {
  hosts: 2,
  burst: { enter: 0.3, leave: 0.3, loss: 0.8 },
}, async (lab) => {
  const { lost } = await counted(lab, 2, 1);
  ok(isAbout(lost, 0.4 * MANY), `lost ${lost}`);
});

testWithLab("duplication brings frames twice", { hosts: 2, duplicate: 1 }, async (lab) => {
  const { receivedFrames } = await counted(lab, 2, 1);
  ok(receivedFrames >= 2 * MANY);
});

testWithLab("a rate lets through what it can, and drops what finds its queue full", {
  hosts: 2,
  rateKbps: 100,
  queueMs: 50,
}, async (lab) => {
  const { overflowed } = await counted(lab, 1, 1);
  ok(overflowed > 0);
  ok((await counters(lab, 2)).receivedFrames < MANY);
});

testWithLab("delay holds frames back for so long", { hosts: 2, delayMs: 500 }, async (lab) => {
  const before = await counters(lab, 2);
  const since = performance.now();
  await sendMany(lab.host(1));
  await until(
    "all frames arrive",
    () => counters(lab, 2),
    ({ receivedFrames }) => receivedFrames >= before.receivedFrames + MANY,
  );
  ok(performance.now() - since >= 500);
});

testWithLab("partitions and cuts keep hosts apart until they heal", { hosts: 3 }, async (lab) => {
  await lab.partition([[1, 2], [3]]);
  ok((await counted(lab, 2, 1)).receivedFrames >= MANY);
  equal((await counted(lab, 3, 1)).receivedFrames, 0);

  await lab.heal();
  await lab.cut(1, 2);
  ok((await counted(lab, 2, 1)).receivedFrames < CHATTER);
  ok((await counted(lab, 1, 2)).receivedFrames >= MANY);

  await lab.heal();
  ok((await counted(lab, 2, 1)).receivedFrames >= MANY);
});

testWithLab("a host counts its bytes, and its link goes down and up", { hosts: 2 }, async (lab) => {
  const before = await lab.host(1).bytes();
  await sendMany(lab.host(1));
  ok((await lab.host(1).bytes()).sent >= before.sent + 48 * MANY);

  await lab.host(2).linkDown();
  equal((await counted(lab, 2, 1)).receivedFrames, 0);
  await lab.host(2).linkUp();
  ok((await counted(lab, 2, 1)).receivedFrames >= MANY);
});

testWithLab(
  "what a process of a host prints and how it ends is seen",
  { hosts: 1 },
  async (lab) => {
    deepEqual(await lab.host(1).run("sh", "-c", "echo out; echo err >&2; exit 3"), {
      code: 3,
      stdout: "out\n",
      stderr: "err\n",
    });
  },
);

testWithLab("a lab is removed when its process is killed", { hosts: 1 }, async () => {
  const code = `import { Lab } from ${JSON.stringify(import.meta.resolve("./lab.ts"))};
    const lab = await Lab.create({ hosts: 2 });
    lab.host(2).start("sleep", "600");
    console.log(lab.host(2).namespace);
    await new Promise((resolve) => setTimeout(resolve, 600_000));`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", code],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  const path = namespacePath(new TextDecoder().decode(value).trim());
  ok(await exists(path));
  child.kill("SIGKILL");
  await child.status;
  await until(`whether ${path} is there`, () => exists(path), (isThere) => !isThere);
  await reader.cancel();
});

testWithLab("the next lab removes one whose keeper was killed, and no other", {
  hosts: 1,
}, async (lab) => {
  const [abandoned, kept] = [randomId(), randomId()];
  await using _keeper = keeperOfAnotherCheckout(kept);
  const namespaces = [abandoned, kept].map((id) => namespaceName(id, 1));
  await ip(namespaces.map((name) => `netns add ${name}`));
  try {
    await using next = await Lab.create({ hosts: 1 });
    const names = [...namespaces, lab.host(1).namespace, next.host(1).namespace];
    const found = await Promise.all(names.map((name) => exists(namespacePath(name))));
    deepEqual(found, [false, true, true, true]);
  } finally {
    await ip([`netns delete ${namespaces[1]}`]);
  }
});

function keeperOfAnotherCheckout(id: string): AsyncDisposable {
  const child = new Deno.Command("sh", {
    args: ["-c", "cat; exit", "/elsewhere/tests/lab/keeper.sh", id],
    stdin: "piped",
    stdout: "null",
  }).spawn();
  return {
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await child.status;
    },
  };
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
