/** A deliberate fault: one place in the source, read differently. */
export interface PlantedBug {
  readonly name: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** The checkers that may catch it. */
  readonly caughtBy: readonly string[];
}

/**
 * Bugs that the simulator has to find. Each is planted in a copy of the source, never in the
 * product, so that no code of ours has a switch to make it wrong.
 */
export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: "an expiry is never checked",
    file: "src/core/beacon/observer.ts",
    find: "if (peer.expiresAt <= now) this.#expire(now, peer); // B1",
    replace: "",
    caughtBy: ["no-spin", "peer-expiry"],
  },
  {
    name: "an expiry is looked at too late",
    file: "src/core/beacon/observer.ts",
    find: 'if (at < this.#timers.deadline()) this.#timers.set("sweep", at);',
    replace: 'if (!this.#timers.has("sweep")) this.#timers.set("sweep", at + 10_000);',
    caughtBy: ["peer-expiry"],
  },
  {
    name: "a timer is not armed again",
    file: "src/core/beacon/broadcaster.ts",
    find: 'this.#timers.set("speak", now + this.#gap());',
    replace: 'if (this.#sequence < 4) this.#timers.set("speak", now + this.#gap());',
    caughtBy: ["beacon-cadence"],
  },
  {
    name: "jitter makes the gap longer than the interval",
    file: "src/core/beacon/broadcaster.ts",
    find: "(1 - JITTER * this.#random.unit())",
    replace: "(1 + JITTER * this.#random.unit())",
    caughtBy: ["beacon-cadence"],
  },
  {
    name: "a replayed datagram is accepted",
    file: "src/core/beacon/observer.ts",
    find: "if (isFresher(numbers, peer)) {",
    replace: "if (numbers.boot >= peer.boot) {",
    caughtBy: ["beacon-replay"],
  },
  {
    name: "only the sequence is compared, not the boot",
    file: "src/core/beacon/beacon.ts",
    find:
      "return left.boot > right.boot || (left.boot === right.boot && left.sequence > right.sequence);",
    replace: "return left.sequence > right.sequence || left.boot > right.boot;",
    caughtBy: ["beacon-replay", "goodbye", "all-see-all"],
  },
  {
    name: "a lost peer's numbers are forgotten at once",
    file: "src/core/beacon/observer.ts",
    find: 'this.#move(now, peer, "lost");',
    replace: 'this.#move(now, peer, "lost"); this.#peers.delete(peer.nodeId);',
    caughtBy: ["beacon-replay", "peer-expiry"],
  },
  {
    name: "a beacon goes out before its boot number is on the disk",
    file: "src/core/beacon/broadcaster.ts",
    find: 'this.#outputs.push({ kind: "claimBoot", boot: this.#boot });',
    replace:
      'this.#outputs.push({ kind: "claimBoot", boot: this.#boot }); this.#act(now, "first");',
    caughtBy: ["beacon-identity", "peer-expiry"],
  },
  {
    name: "the boot number does not rise",
    file: "src/core/node.ts",
    find: "stored + 1",
    replace: "stored",
    caughtBy: ["beacon-identity"],
  },
  {
    name: "a disk that refuses the boot number is not asked again",
    file: "src/core/beacon/broadcaster.ts",
    find: 'persistFailed: "backOff"',
    replace: 'persistFailed: "ignore"',
    caughtBy: ["all-see-all"],
  },
  {
    name: "a goodbye is taken for a beacon",
    file: "src/core/beacon/observer.ts",
    find: 'beacon.leaving ? "left" : "alive"',
    replace: '"alive"',
    caughtBy: ["goodbye"],
  },
  {
    name: "a node stops without a goodbye",
    file: "src/core/beacon/broadcaster.ts",
    find: "const GOODBYES = 2;",
    replace: "const GOODBYES = 0;",
    caughtBy: ["goodbye"],
  },
  {
    name: "a lost peer never comes back",
    file: "src/core/beacon/observer.ts",
    find: 'beacon.leaving ? "left" : "alive"',
    replace: 'beacon.leaving ? "left" : peer.state as "alive"',
    caughtBy: ["all-see-all"],
  },
  {
    name: "a node that slept blames its peers",
    file: "src/core/beacon/observer.ts",
    find: "if (isPresent(peer.state)) peer.expiresAt += stalledMs;",
    replace: "",
    caughtBy: ["peer-expiry"],
  },
  {
    name: "a probe without an answer is never repeated",
    file: "src/core/rtt/prober.ts",
    find: "this.#waiting.push(now + RETRY_MS * (1 + this.#random.unit()), turn);",
    replace: "",
    caughtBy: ["all-measured"],
  },
  {
    name: "a round trip is taken from the wrong end",
    file: "src/core/rtt/prober.ts",
    find: "turn.estimate.add(now - probe.sentAt);",
    replace: "turn.estimate.add((now - probe.sentAt) / 2);",
    caughtBy: ["rtt-truth"],
  },
  {
    name: "a probe that timed out is still measured",
    file: "src/core/rtt/prober.ts",
    find: "const TIMEOUT_MS: Millis = 5 * SECOND;",
    replace: "const TIMEOUT_MS: Millis = 0.05 * SECOND;",
    caughtBy: ["all-measured", "answers-count", "rtt-truth"],
  },
  {
    name: "the node sleeps through its probes",
    file: "src/core/neighbourhood.ts",
    find: "      this.prober.deadline(),\n    );",
    replace: "    );",
    caughtBy: ["wakes-in-time"],
  },
  {
    name: "a peer that moved is probed where it was",
    file: "src/core/rtt/prober.ts",
    find: "turn.address = address;",
    replace: "",
    caughtBy: ["all-measured"],
  },
  {
    name: "a silent peer is given up without being asked",
    file: "src/core/beacon/observer.ts",
    find: 'if (state === "alive" && pulseMs !== undefined) {',
    replace: "if (pulseMs === -1) {",
    caughtBy: ["peer-expiry"],
  },
  {
    name: "an answer does not clear a doubt",
    file: "src/core/neighbourhood.ts",
    find: 'if (output.kind === "answered") this.observer.handle(now, output);',
    replace: 'if (output.kind === "answered") continue;',
    caughtBy: ["answers-count"],
  },
  {
    name: "a doubted peer is never given up",
    file: "src/core/beacon/observer.ts",
    find: "} else if (isPresent(state)) {",
    replace:
      '} else if (state === "suspect") {\n      this.#move(now, peer, "suspect");\n    } else if (isPresent(state)) {',
    caughtBy: ["peer-expiry"],
  },
  {
    name: "messages are not numbered",
    file: "src/core/beacon/broadcaster.ts",
    find: "this.#sequence++;",
    replace: "",
    caughtBy: ["beacon-identity"],
  },
  {
    name: "a broken connection is not dialled again",
    file: "src/core/connection/keeper.ts",
    find: "this.#wait(record, now + yieldMs + record.backoff.next());",
    replace: "",
    caughtBy: ["all-connected"],
  },
  {
    name: "a peer is dialled although it is connected",
    file: "src/core/connection/keeper.ts",
    find:
      'if (!isCurrent || record.state !== "waiting" || record.address === undefined) continue; // K2',
    replace: "if (!isCurrent || record.address === undefined) continue;",
    caughtBy: ["one-dial"],
  },
  {
    name: "a dial that ends without proof is taken for a connection",
    file: "src/core/connection/keeper.ts",
    find: "return this.#retry(now, input.nodeId);",
    replace: "return this.#connect(now, input.nodeId);",
    caughtBy: ["proven-connected"],
  },
  {
    name: "a connection that ends is held for one that lasts",
    file: "src/core/connection/keeper.ts",
    find: "return this.#disconnect(now, input.nodeId);",
    replace: "return;",
    caughtBy: ["proven-connected"],
  },
  {
    name: "a member may speak for another",
    file: "src/core/messages.ts",
    find: "return senderOf(message) === proven;",
    replace: 'return senderOf(message) !== "" || proven === "";',
    caughtBy: ["proven-alive"],
  },
  {
    name: "what strangers and forgers say is let in",
    file: "src/sim/standings.ts",
    find: 'if (!isOurs) return this.#refuse("wrongFormation");',
    replace: 'if (!isOurs) this.#refuse("wrongFormation");',
    caughtBy: ["proven-alive", "proven-connected"],
  },
  {
    name: "who was revoked is let in",
    file: "src/sim/standings.ts",
    find: 'if (this.#revoked.has(owner)) return this.#refuse("revoked");',
    replace: "",
    caughtBy: ["proven-alive", "proven-connected"],
  },
  {
    name: "an expired certificate is let in",
    file: "src/sim/standings.ts",
    find: 'return isExpired || this.#isExpired(owner) ? this.#refuse("expired") : undefined;',
    replace: "return isExpired ? undefined : undefined;",
    caughtBy: ["proven-alive", "proven-connected"],
  },
  {
    name: "a name is believed whoever signs for it",
    file: "src/sim/standings.ts",
    find: 'return name === nodeName(owner) ? undefined : this.#refuse("badProof");',
    replace: "return name === nodeName(owner) ? undefined : undefined;",
    caughtBy: ["proven-connected"],
  },
  {
    name: "a dial takes whoever answers",
    file: "src/sim/virtual_handshake.ts",
    find: 'return expected === undefined || message.name === expected ? undefined : "wrongPeer";',
    replace: "return expected === undefined ? undefined : undefined;",
    caughtBy: ["proven-connected"],
  },
  {
    name: "what one source lost is lost",
    file: "src/core/discovery/hybrid.ts",
    find: "if (known.claims.size === 0) this.#known.delete(nodeId); // H1",
    replace: "known.claims.clear(); this.#known.delete(nodeId);",
    caughtBy: ["known-while-seen"],
  },
  {
    name: "a silent node answers a question",
    file: "src/core/neighbourhood.ts",
    find: "if (this.#emcon) return; // S1",
    replace: "",
    caughtBy: ["emcon-silence"],
  },
  {
    name: "a beacon is younger for everyone who hands it on",
    file: "src/core/discovery/relay.ts",
    find: "now + beacon.ttlMs - ageMs, memory)",
    replace: "now + beacon.ttlMs, memory)",
    caughtBy: ["relayed-truth"],
  },
  {
    name: "a peer that is heard is still known through another",
    file: "src/core/neighbourhood.ts",
    find: 'this.relay.handle(now, { kind: "heard", nodeId });',
    replace: "",
    caughtBy: ["relayed-truth"],
  },
  {
    name: "a relayed peer never runs out",
    file: "src/core/discovery/relay.ts",
    find: 'if (peer.expiresAt <= now) this.#lose(peer, "expired");',
    replace: "",
    caughtBy: ["no-spin", "relayed-truth"],
  },
  {
    name: "a relayed peer outlives the connection that it is known through",
    file: "src/core/discovery/relay.ts",
    find: 'this.#lose(peer, "unconnected");',
    replace: "",
    caughtBy: ["relayed-truth"],
  },
  {
    name: "who is asked for revocations keeps them",
    file: "src/core/trust/spreader.ts",
    find: "return this.#tellRevocations(peer, held, message.known);",
    replace: "return;",
    caughtBy: ["revocations-spread"],
  },
  {
    name: "nobody is told of a revocation that is news",
    file: "src/core/node.ts",
    find: 'this.#outputs.push({ kind: "send", peer, priorityClass: "high", message: post });',
    replace: "void post;",
    caughtBy: ["revocations-spread"],
  },
];
