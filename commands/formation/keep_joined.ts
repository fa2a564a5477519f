import type { FormationRecord } from "../../src/security/formation_record.ts";

/**
 * Keeps what a node joined. The same formation's earlier file gives way to a later one, with newer
 * keys or a renewed certificate; anything else is never overwritten.
 */
export async function keepJoined(path: string, record: FormationRecord): Promise<void> {
  const records = await import("../../src/security/formation_record.ts");
  const { privateFileExists } = await import("../../src/security/private_file.ts");
  const earlier = privateFileExists(path) ? records.readFormationFile(path) : undefined;
  const isLater = earlier !== undefined && earlier.id === record.id &&
    earlier.holds === record.holds && newestEpoch(earlier) <= newestEpoch(record);
  if (isLater) records.replaceFormationFile(path, record);
  else records.createFormationFile(path, record);
}

function newestEpoch({ epochs }: FormationRecord): number {
  return epochs.at(-1)?.epoch ?? 0;
}
