/** What has no time of its own to hold to may take this long on a machine that does much else. */
export const PATIENCE_MS = 60_000;

/** Between two looks: whoever asks all the time starves those that it asks. */
const LOOK_MS = 50;

/** Looks again and again until what is seen holds, and answers it; an error that shows it if never. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  holds: (seen: T) => boolean,
  timeoutMs = PATIENCE_MS,
): Promise<T> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (performance.now() > giveUpAt) {
      throw new Error(`Cannot see ${what}: after ${timeoutMs} ms it is ${JSON.stringify(seen)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
