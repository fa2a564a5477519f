import { existingDeviceId } from "../../src/security/identity.ts";
import { readFormationFile } from "../../src/security/formation_record.ts";
import { fail, failedBy, type Finding, pass, warn } from "./check.ts";

const OTHERS = 0o077;
const OTHERS_WRITE = 0o022;

export interface Files {
  readonly dataDir: string;
  readonly formationPath: string | undefined;
  readonly configPath: string | undefined;
}

/** Secrets are for their owner alone, and settings are for their owner to change. */
export function examineFiles({ dataDir, formationPath, configPath }: Files): Finding {
  const findings = [
    whenThere(dataDir, (info) => examineDataDirectory(dataDir, info)),
    whenThere(`${dataDir}/identity.json`, () => {
      existingDeviceId(dataDir);
      return pass("the identity is private");
    }),
    formationPath === undefined ? undefined : examineFormationFile(formationPath),
    configPath === undefined
      ? undefined
      : whenThere(configPath, (info) => examineConfig(configPath, info)),
  ].filter((finding) => finding !== undefined);
  return together(findings);
}

/** Everything that is wrong is said at once, as the worst of it. */
function together(findings: readonly Finding[]): Finding {
  const wrong = findings.filter((finding) => finding.status !== "pass");
  if (wrong.length === 0) {
    const said = findings.map(({ detail }) => detail).join(", ");
    return pass(said === "" ? "there is no file yet" : said);
  }
  const detail = wrong.map((finding) => finding.detail).join("; ");
  const remedy = wrong.map((finding) => finding.remedy).join("; ");
  return wrong.some(({ status }) => status === "fail")
    ? fail(detail, remedy)
    : warn(detail, remedy);
}

function examineDataDirectory(path: string, info: Deno.FileInfo): Finding {
  if (!info.isDirectory) return fail(`${path} is not a directory`, `mv ${path} ${path}.old`);
  if (info.uid !== null && info.uid !== Deno.uid()) {
    return fail(`${path} belongs to another user`, `chown -R $(id -u) ${path}`);
  }
  if (((info.mode ?? 0) & OTHERS) === 0) return pass("the data directory is private");
  const detail = `others may enter ${path} (mode ${digits(info)})`;
  const remedy = `chmod 700 ${path}`;
  return isNodeDirectory(path) ? warn(detail, remedy) : fail(detail, remedy);
}

/** A node closes its own directory to others when it starts, and refuses any other that is open. */
function isNodeDirectory(path: string): boolean {
  const names = [...Deno.readDirSync(path)].map(({ name }) => name);
  return names.length === 0 || names.includes("state.db");
}

function examineFormationFile(path: string): Finding {
  try {
    readFormationFile(path);
  } catch (error) {
    return failedBy(error);
  }
  return pass("the formation file is private");
}

/** It has no secrets, but whoever can write it chooses the formation. */
function examineConfig(path: string, info: Deno.FileInfo): Finding {
  Deno.readTextFileSync(path);
  if (((info.mode ?? 0) & OTHERS_WRITE) === 0) return pass("the configuration can be read");
  return warn(`others may change ${path} (mode ${digits(info)})`, `chmod go-w ${path}`);
}

function whenThere(path: string, examine: (info: Deno.FileInfo) => Finding): Finding | undefined {
  try {
    return examine(Deno.statSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (!(error instanceof Deno.errors.PermissionDenied)) return failedBy(error);
    return fail(`this user may not read ${path}`, `chown $(id -u) ${path}`);
  }
}

function digits({ mode }: Deno.FileInfo): string {
  return ((mode ?? 0) & 0o777).toString(8);
}
