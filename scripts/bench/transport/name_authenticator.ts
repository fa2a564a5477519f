import type { Authenticator, HandshakeMachine } from "../../../src/net/authenticator.ts";

/** Believes every name. For a bench or a test that is about the transport and not about trust. */
export function nameAuthenticator(nodeId: string): Authenticator {
  return { client: () => nameMachine(nodeId, true), server: () => nameMachine(nodeId, false) };
}

/** The client says its name, and the server answers with its own. */
function nameMachine(nodeId: string, speaksFirst: boolean): HandshakeMachine {
  const name = new TextEncoder().encode(nodeId);
  return {
    start: () => speaksFirst ? [name] : [],
    receive: (bytes) => ({
      send: speaksFirst ? [] : [name],
      done: { nodeId: new TextDecoder().decode(bytes) },
    }),
  };
}
