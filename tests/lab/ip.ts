/** Runs `ip` on several commands at once, inside a network namespace when one is named. */
export async function ip(commands: readonly string[], namespace?: string): Promise<void> {
  const inside = namespace === undefined ? [] : ["-netns", namespace];
  const child = new Deno.Command("ip", {
    args: [...inside, "-batch", "-"],
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const written = new Blob([commands.join("\n")]).stream().pipeTo(child.stdin);
  const [{ success, stderr }] = await Promise.all([child.output(), written]);
  if (success) return;
  const reason = new TextDecoder().decode(stderr).trim();
  throw new Error(`Cannot set up a network with ${commands.join("; ")}: ${reason}`);
}
