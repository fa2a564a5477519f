import assert from "node:assert/strict";
import {
  type Machine,
  ResourceMeter,
  SHORTEST_SAMPLE_MS,
  thisMachine,
} from "../../../src/daemon/resource_meter.ts";

Deno.test("this machine is measured", async () => {
  const meter = new ResourceMeter(await thisMachine());
  const resources = meter.sample(0);
  assert((resources?.cpuCores ?? 0) >= 1);
  assert((resources?.memoryMb ?? 0) > 16);
  assert(resources!.memoryUsagePercent! > 0 && resources!.memoryUsagePercent! < 100);
  // Processors count in hundredths of a second, and not while their machine lends them to another.
  let usage: number | undefined;
  for (let round = 1; (usage ?? 0) === 0 && round <= 100; round++) {
    const until = performance.now() + 50;
    while (performance.now() < until);
    usage = meter.sample(round * SHORTEST_SAMPLE_MS)?.cpuUsagePercent;
  }
  assert(usage !== undefined && usage > 0 && usage <= 100, String(usage));
});

Deno.test("nothing is measured again while the last sample is fresh", () => {
  const meter = new ResourceMeter(machineOf([{ idle: 1 }]));
  meter.sample(1_000);
  assert.equal(meter.sample(1_000 + SHORTEST_SAMPLE_MS - 1), undefined);
  assert.equal(meter.sample(1_000 + SHORTEST_SAMPLE_MS)?.cpuCores, 2);
});

Deno.test("processor load is the share of busy time since the sample before", () => {
  const times = [{ user: 100, sys: 100, idle: 800 }, { user: 0, sys: 0, idle: 1_000 }];
  const meter = new ResourceMeter(machineOf(times));
  assert.equal(meter.sample(0)?.cpuUsagePercent, undefined);
  times[0] = { user: 190, sys: 160, idle: 850 };
  assert.equal(meter.sample(SHORTEST_SAMPLE_MS)?.cpuUsagePercent, 75);
  assert.equal(meter.sample(2 * SHORTEST_SAMPLE_MS)?.cpuUsagePercent, undefined);
});

Deno.test("memory that can be had is not in use, whoever holds it", () => {
  const { memoryMb, memoryUsagePercent } = new ResourceMeter(machineOf([])).sample(0)!;
  assert.deepEqual([memoryMb, memoryUsagePercent], [16_000, 75]);
});

function machineOf(times: readonly Readonly<Record<string, number>>[]): Machine {
  const megabyte = 1_024 * 1_024;
  return {
    cpuCores: 2,
    memory: () => ({ total: 16_000 * megabyte, available: 4_000 * megabyte }),
    cpuTimes: () => times,
  };
}
