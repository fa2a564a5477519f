import { command } from "../src/cli/command.ts";
import type { ExitCode } from "../src/cli/exit_code.ts";
import { toFailure } from "../src/cli/failure.ts";
import { option } from "../src/cli/flags.ts";
import { toJsonText } from "../src/cli/json.ts";
import { choice, filePath } from "../src/cli/kind.ts";
import type { Output } from "../src/cli/output.ts";
import {
  EXIT_CODES,
  NAGIOS_CODES,
  nagiosLine,
  nagiosUnknownLine,
  type Report,
  reportOf,
  reportText,
} from "./doctor/report.ts";
import { NETWORK_SETTINGS } from "./network_options.ts";

export const doctor = command({
  examples: [
    ["peat doctor", "what stops a node from working here"],
    ["peat doctor --formation alpha.formation.json", "the same for a member of a formation"],
    ["peat doctor --interface 127.0.0.1", "try loopback alone"],
    ["peat doctor --json | jq '.checks[] | select(.status != \"pass\")'", "what to look at"],
    ["peat doctor --bundle here.json", "the same in a file for somebody elsewhere"],
    ["peat doctor --format nagios", "one line and the exit codes 0 to 3, for monitoring"],
  ],
  description: "Everything is tried, and nothing that was made for a trial stays. Exit code 0 " +
    "when nothing is wrong, 6 when something is doubtful, 1 when something fails. What was " +
    "skipped does not count. `warn` and `fail` come with something to type.",
  settings: ["formation", "id", "port", ...NETWORK_SETTINGS],
  flags: {
    format: option(choice("text", "json", "nagios"), "how to report; otherwise as --output says"),
    bundle: option(
      filePath,
      "also write all that another person needs to look into it, no secrets",
    ),
  },
  async run({ flags, settings, resolved, out, progress, log, env }) {
    const isNagios = flags.format === "nagios";
    try {
      progress.show("checking");
      const { allChecks } = await import("./doctor/checks.ts");
      const { runChecks } = await import("./doctor/check.ts");
      const { configPath } = resolved;
      const { checks, heard } = await allChecks({ settings, configPath, env });
      const report = reportOf(await runChecks(checks, settings.timeoutMs));
      progress.clear();
      if (flags.bundle !== undefined) {
        const { writeBundle } = await import("./doctor/bundle.ts");
        writeBundle(flags.bundle, { report, resolved, node: await heard });
        log.info(`wrote ${flags.bundle}`);
      }
      print(report, out, flags.format);
      return isNagios ? NAGIOS_CODES[report.verdict] as ExitCode : EXIT_CODES[report.verdict];
    } catch (error) {
      if (!isNagios) throw error;
      out.text(nagiosUnknownLine(toFailure(error).message));
      return NAGIOS_CODES.unknown as ExitCode;
    }
  },
});

function print(report: Report, out: Output, format: "text" | "json" | "nagios" | undefined): void {
  switch (format) {
    case "nagios":
      return out.text(nagiosLine(report));
    case "json":
      return out.write(`${toJsonText(report)}\n`);
    case "text":
      return out.text(reportText(report, out.paint));
    default:
      return out.value("doctor", report, () => reportText(report, out.paint));
  }
}
