import assert from "node:assert/strict";
import { resolveSettings } from "../../../src/cli/config_layers.ts";
import { ExitCode } from "../../../src/cli/exit_code.ts";
import type { SettingKey } from "../../../src/cli/settings.ts";

interface Given {
  readonly flags?: Partial<Record<SettingKey, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

function resolve({ flags = {}, env = {}, files = {} }: Given) {
  return resolveSettings({ flags, env: (name) => env[name], readFile: (path) => files[path] });
}

const HOME = { HOME: "/home/a" };
const USER_FILE = "/home/a/.config/peat/config.toml";

Deno.test("without anything every setting has its default", async () => {
  const { values, origins, configPath } = await resolve({});
  assert.equal(values.timeoutMs, 10_000);
  assert.deepEqual(values.discovery, ["multicast", "static", "relay", "directed"]);
  assert.deepEqual(values.peer, []);
  assert.equal(values.socket, undefined);
  assert.equal(origins.timeoutMs, "default");
  assert.equal(configPath, undefined);
});

Deno.test("a flag beats the environment, which beats the file, which beats the default", async () => {
  const files = { [USER_FILE]: 'cell = "file"\nid = "file"\nport = 1\n' };
  const env = { ...HOME, PEAT_CELL: "environment", PEAT_ID: "environment" };
  const { values, origins } = await resolve({ flags: { cell: "flag" }, env, files });
  assert.deepEqual([values.cell, values.id, values.port], ["flag", "environment", 1]);
  assert.equal(origins.cell, "flag --cell");
  assert.equal(origins.id, "environment PEAT_ID");
  assert.equal(origins.port, `file ${USER_FILE}`);
  assert.equal(origins.group, "default");
});

Deno.test("--config beats PEAT_CONFIG, which beats the user's own file", async () => {
  const files = { "/a": 'cell = "a"', "/b": 'cell = "b"', [USER_FILE]: 'cell = "user"' };
  const env = { ...HOME, PEAT_CONFIG: "/b" };
  assert.equal((await resolve({ flags: { config: "/a" }, env, files })).values.cell, "a");
  assert.equal((await resolve({ env, files })).values.cell, "b");
  assert.equal((await resolve({ env: HOME, files })).values.cell, "user");
});

Deno.test("XDG_CONFIG_HOME moves the user's own file", async () => {
  const files = { "/xdg/peat/config.toml": 'cell = "xdg"' };
  const { values } = await resolve({ env: { ...HOME, XDG_CONFIG_HOME: "/xdg" }, files });
  assert.equal(values.cell, "xdg");
});

Deno.test("a file that was named must be there; the user's own need not", async () => {
  await resolve({ env: HOME });
  await assert.rejects(resolve({ flags: { config: "/nowhere" } }), {
    exitCode: ExitCode.usage,
    message: "Cannot read the configuration /nowhere: there is no such file",
  });
});

Deno.test("an empty variable is one that is not set", async () => {
  assert.equal((await resolve({ env: { PEAT_PORT: "" } })).values.port, 11_204);
});

Deno.test("a list in the file is an array, or a text as on the command line", async () => {
  const asArray = await resolve({
    env: HOME,
    files: { [USER_FILE]: 'peer = ["a:1", "b:2"]\ncapability = ["sensor:x=0.9,range_m=2"]' },
  });
  assert.deepEqual(asArray.values.peer, ["a:1", "b:2"]);
  assert.deepEqual(asArray.values.capability, ["sensor:x=0.9,range_m=2"]);
  const asText = await resolve({ env: HOME, files: { [USER_FILE]: 'peer = "a:1,b:2"' } });
  assert.deepEqual(asText.values.peer, ["a:1", "b:2"]);
});

Deno.test("an unknown key is refused with the nearest", async () => {
  await assert.rejects(resolve({ env: HOME, files: { [USER_FILE]: "prot = 1" } }), {
    exitCode: ExitCode.usage,
    message: `Cannot use "prot" in ${USER_FILE}: it is not a setting`,
    hint: "did you mean port?",
  });
});

Deno.test("malformed TOML is refused with its line and column", async () => {
  await assert.rejects(resolve({ env: HOME, files: { [USER_FILE]: 'cell = "a"\nport = \n' } }), {
    exitCode: ExitCode.usage,
    message: /config\.toml: line 2, column \d+: [^\n]+$/,
  });
});

Deno.test("a value of the wrong type is refused with the place it stands in", async () => {
  for (
    const [line, message] of [
      ['port = "many"', /not a whole number from 0 to 65535 \(port in /],
      ["port = true", /Cannot use port in .*: it is a boolean/],
      ["cell = [1]", /Cannot use cell in .*: it is an array/],
      ["[cell]", /Cannot use cell in .*: it is a table/],
      ['output = "xml"', /not one of text, json, ndjson \(output in /],
      ["timeout = 5", /Cannot read the duration "5"/],
    ] as const
  ) {
    await assert.rejects(resolve({ env: HOME, files: { [USER_FILE]: line } }), {
      exitCode: ExitCode.usage,
      message,
    });
  }
});

Deno.test("a switch is on by its variable, and by the file with or without quotes", async () => {
  const canParent = async (options: Parameters<typeof resolve>[0]) =>
    (await resolve(options)).values.canParent;
  assert.equal(await canParent({}), false);
  assert.equal(await canParent({ env: { PEAT_CAN_PARENT: "true" } }), true);
  for (const value of ["true", '"true"']) {
    const files = { [USER_FILE]: `can-parent = ${value}` };
    assert.equal(await canParent({ env: HOME, files }), true);
  }
});

Deno.test("a wrong value in the environment is refused with its variable's name", async () => {
  await assert.rejects(resolve({ env: { PEAT_TIMEOUT: "soon" } }), {
    exitCode: ExitCode.usage,
    message: /\(PEAT_TIMEOUT\)$/,
  });
});
