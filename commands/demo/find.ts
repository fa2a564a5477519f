import { askQuery, changeCapability } from "../../src/control/capability_client.ts";
import type { Measured, Stage } from "./stage.ts";
import { lastOf, time } from "./words.ts";

const ARM = "payload:arm=0.9,lift_kg=12";
const QUERY = "type:payload AND metadata.lift_kg>=10";

/** One node comes to be able to do something, and a query at every other one finds it. */
export async function find({ mesh, say, show }: Stage): Promise<Measured> {
  const capable = mesh.names.at(-1)!;
  const others = mesh.names.slice(0, -1);
  say(`Nobody can lift ten kilograms. ${capable} is given an arm: peat capability set ${ARM}`);
  show(`waiting until a query at any other node finds ${capable}`);
  const since = performance.now();
  await changeCapability(mesh.control(capable), ["set", ARM], false);
  const found = await mesh.untilAsked(others, since, async (control) => {
    const { results } = await askQuery(control, QUERY);
    return results.length === 1 && results[0]!.nodeId === capable;
  });
  const ms = lastOf(found);
  const { heardFrom, ofNodes } = await askQuery(mesh.control(others[0]!), QUERY);
  say(
    `peat query '${QUERY}' names ${capable} at ${found[0]?.name} after ${
      time(found[0]?.ms)
    }, and ` +
      `everywhere after ${time(ms)}. ${others[0]} has heard from ${heardFrom} of ${ofNodes} nodes.`,
  );
  return { ms, node: capable, firstMs: found[0]?.ms, heardFrom, ofNodes };
}
