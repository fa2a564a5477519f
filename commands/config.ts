import { command } from "../src/cli/command.ts";
import type { Origin } from "../src/cli/config_layers.ts";
import { optionalArgument, toggle } from "../src/cli/flags.ts";
import { choice, named } from "../src/cli/kind.ts";
import { type Setting, SETTING_KEYS, type SettingKey, SETTINGS } from "../src/cli/settings.ts";
import { table, TABLE_FLAGS } from "../src/cli/table.ts";

interface Row {
  readonly name: string;
  readonly value?: unknown;
  readonly origin?: Origin;
}

const NAMES = SETTING_KEYS.map((key) => SETTINGS[key].name);

export const show = command({
  description: "The flags of `peat node run` are settings too, so that a file can hold them.",
  examples: [
    ["peat config show --origin", "every setting, its value and where it came from"],
    ["peat config show port", "one of them"],
    ["PEAT_TIMEOUT=1m peat config show timeout --json", "try what a variable does"],
  ],
  settings: SETTING_KEYS,
  flags: { origin: toggle("say where each value came from"), ...TABLE_FLAGS },
  args: { name: optionalArgument(named("NAME", choice(...NAMES)), "only this setting") },
  run({ flags, args, resolved, out }) {
    const keys = SETTING_KEYS.filter((key) =>
      args.name === undefined || SETTINGS[key].name === args.name
    );
    const rows = keys.map((key): Row => {
      const value = key === "config" ? resolved.configPath : typed(key, resolved.values[key]);
      return {
        name: SETTINGS[key].name,
        ...(value === undefined ? {} : { value }),
        ...(flags.origin ? { origin: resolved.origins[key] } : {}),
      };
    });
    out.list("setting", rows, () => table(out, columns(flags.origin), rows, flags));
  },
});

/** The value as one would type it, so that what is shown here can go into the file. */
function typed(key: SettingKey, value: unknown): unknown {
  const { kind }: Setting<unknown> = SETTINGS[key];
  return value === undefined || kind.format === undefined ? value : kind.format(value);
}

function columns(withOrigin: boolean) {
  return [
    { name: "name", cell: ({ name }: Row) => name },
    { name: "value", cell: ({ value }: Row) => valueText(value) },
    ...(withOrigin ? [{ name: "origin", cell: ({ origin }: Row) => origin }] : []),
  ];
}

function valueText(value: unknown): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  return Array.isArray(value) ? value.join(", ") : JSON.stringify(value);
}

export const path = command({
  examples: [
    ["peat config path", "the file that is read when there is one"],
    ['$EDITOR "$(peat config path)"', "change it"],
  ],
  run({ resolved, out }) {
    const { configPath } = resolved;
    out.value("configPath", { path: configPath }, () => configPath ?? "");
  },
});
