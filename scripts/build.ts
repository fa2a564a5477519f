/**
 * Makes `dist/peat`, one executable file.
 *
 *     deno task build                          for this machine
 *     deno task build --target all             for every machine that can be compiled for
 *     deno task build --kind portable          without trying to compile
 *     deno task build --verify                 twice, in two places, and compares the results
 *
 * Where the base for `deno compile` can be had (DENORT_BIN, the cache, the network) the executable
 * is *compiled*. Elsewhere it is *portable*: a launcher with the runtime and the same bundle.
 */
import { parseArgs } from "node:util";
import { describeBuild, describeSource, type Source } from "./build/build_info.ts";
import { BUNDLE_FOLDER, makeBundle } from "./build/bundle.ts";
import { compile } from "./build/compiled.ts";
import { sha256File } from "./build/digest.ts";
import { seedModuleCache } from "./build/module_cache.ts";
import { makePortable } from "./build/portable.ts";
import { hostTarget, outputFile, parseTargets, type Target } from "./build/targets.ts";
import { verifyReproducible } from "./build/verify.ts";

type Kind = "compiled" | "portable";

async function main(): Promise<void> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      target: { type: "string", default: "host" },
      kind: { type: "string" },
      verify: { type: "boolean", default: false },
    },
  });
  Deno.chdir(`${import.meta.dirname}/..`);
  if (values.verify) return await verifyReproducible();

  const source = await describeSource();
  await seedModuleCache();
  await makeBundle();
  for (const target of parseTargets(values.target)) {
    await buildFor(target, source, parseKind(values.kind));
  }
}

async function buildFor(target: Target, source: Source, wanted?: Kind): Promise<void> {
  const info = describeBuild(source, target, BUNDLE_FOLDER);
  Deno.writeTextFileSync(`${BUNDLE_FOLDER}/build_info.json`, `${JSON.stringify(info, null, 2)}\n`);

  const output = outputFile(target);
  const unfinished = output.replace("dist/", "dist/unfinished-");
  const kind = await makeExecutable(target, unfinished, source, info.version, wanted);
  // The running executable may be the one that is replaced.
  Deno.renameSync(unfinished, output);

  const megabytes = (Deno.statSync(output).size / 1e6).toFixed(1);
  console.log(`${output}  ${kind}  ${target}  ${megabytes} MB  commit ${info.commit}`);
  console.log(`sha256  ${sha256File(output)}`);
}

async function makeExecutable(
  target: Target,
  output: string,
  source: Source,
  version: string,
  wanted?: Kind,
): Promise<Kind> {
  if (wanted !== "portable") {
    const compiled = await compile(target, output, source.epochSeconds);
    if (compiled.made) return "compiled";
    const refusal = `Cannot compile for ${target}: its compile base is missing, ${compiled.why}`;
    if (wanted === "compiled" || target !== hostTarget()) throw new Error(refusal);
    console.error(`${refusal}; making the portable executable instead`);
  }
  if (target.includes("windows") || target !== hostTarget()) {
    throw new Error(`Cannot make a portable executable for ${target}: this is ${hostTarget()}`);
  }
  await makePortable(output, version);
  return "portable";
}

function parseKind(text: string | undefined): Kind | undefined {
  if (text === undefined || text === "compiled" || text === "portable") return text;
  throw new Error(`Cannot make ${text}: the kinds are compiled and portable`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(1);
}
