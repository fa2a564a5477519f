/** What the host of this number is called, counted from zero. */
export function nodeName(index: number): string {
  return `n${index + 1}`;
}
