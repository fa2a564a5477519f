export interface Peer extends Disposable {
  readonly node: string;
  readonly barePort: number;
}

/** Starts the other process, and reads from its first line where it listens. */
export async function startPeer(): Promise<Peer> {
  const script = new URL("./peer.ts", import.meta.url).pathname;
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script],
    stdout: "piped",
  }).spawn();
  const lines = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await lines.read();
  const { node, barePort } = JSON.parse(value ?? "{}");
  return { node, barePort, [Symbol.dispose]: () => process.kill("SIGKILL") };
}
