export interface Finding {
  readonly path: string;
  readonly line: number;
  /** What is wrong there, and what to do instead. */
  readonly message: string;
}

export function printFinding({ path, line, message }: Finding): string {
  return `${path}:${line}: ${message}`;
}
