import type { ControlClient } from "../../src/control/client.ts";
import { readDocument, writeDocuments } from "../../src/control/state_client.ts";
import type { DemoMesh } from "./mesh.ts";
import type { Measured, Stage } from "./stage.ts";
import { lastOf, time } from "./words.ts";

const KEY = "notes/plan";

type Value = Readonly<Record<string, string>>;

/** Both sides of a mesh that is cut write into one document, and have all of it when it heals. */
export async function share({ mesh, say, show }: Stage): Promise<Measured> {
  const { names } = mesh;
  const here = names.slice(0, Math.ceil(names.length / 2));
  const there = names.slice(here.length);
  const [one, other] = [here[0]!, there.at(-1)!];
  const whole = { begun: one, north: one, south: other };

  let since = performance.now();
  await write(mesh, one, { begun: one });
  const first = await mesh.untilAsked(names, since, has({ begun: one }));
  say(
    `${one} writes: peat state put ${KEY} '${JSON.stringify({ begun: one })}'. Everybody has it ` +
      `after ${time(lastOf(first))}.`,
  );
  say(`Cutting off ${there.join(", ")} with SIGSTOP: no word goes there or comes from there.`);
  show(`waiting until the others miss ${there.join(", ")}`);
  since = performance.now();
  for (const name of there) mesh.pause(name);
  const missed = await mesh.until(
    here,
    since,
    (seen) => seen.every(({ nodeId, state }) => !there.includes(nodeId) || state === "lost"),
  );
  await write(mesh, one, { north: one });
  say(`Missed after ${time(lastOf(missed))}. ${one} adds "north", and over there nobody hears it.`);
  for (const name of here) mesh.pause(name);
  for (const name of there) mesh.resume(name);
  await write(mesh, other, { south: other });
  const apart = await valueAt(mesh.control(other));
  if (apart?.["north"] !== undefined) throw new Error(`${other} heard of it all the same`);
  say(`Now this side is cut off, and over there ${other} adds "south", knowing of no "north".`);
  show("waiting until both sides have what either wrote");
  since = performance.now();
  for (const name of here) mesh.resume(name);
  const healed = await mesh.untilAsked(names, since, has(whole));
  const ms = lastOf(healed);
  say(
    `All go on. ${healed[0]?.name} has what both sides wrote after ${time(healed[0]?.ms)}, and ` +
      `everybody after ${time(ms)}: ${JSON.stringify(whole)}`,
  );
  return { ms, firstMs: healed[0]?.ms, missedMs: lastOf(missed), value: whole };
}

async function write(mesh: DemoMesh, name: string, value: Value): Promise<void> {
  const edits = [{ kind: "set" as const, value: { ...value } }];
  const [result] = await writeDocuments(mesh.control(name), { writes: [{ key: KEY, edits }] });
  if (result !== undefined && "error" in result) throw new Error(result.error.message);
}

function has(wanted: Value) {
  return async (control: ControlClient): Promise<boolean> => {
    const value = await valueAt(control);
    return Object.entries(wanted).every(([name, text]) => value?.[name] === text);
  };
}

async function valueAt(control: ControlClient): Promise<Record<string, unknown> | undefined> {
  try {
    return (await readDocument(control, KEY)).value;
  } catch (error) {
    if ((error as { code?: string }).code === "no-such-document") return undefined;
    throw error;
  }
}
