import type { Position } from "../beacon/beacon.ts";
import type { NodeId } from "../kernel/ids.ts";
import { encodeGeohash, GEOHASH_PRECISION } from "../beacon/geohash.ts";
import type { Millis } from "../kernel/time.ts";
import type { BeaconSource, BeaconSourceInput, BeaconSourceOutput } from "./beacon_source.ts";
import { type ClusterRule, clustersOf } from "./clusters.ts";
import { isSameAddress } from "./source.ts";
import { Sightings } from "./sightings.ts";

/** Tells of the peers that are in one cluster with this node. */
export class Geographic implements BeaconSource {
  readonly #self: NodeId;
  readonly #rule: ClusterRule;
  readonly #sightings = new Sightings();
  readonly #told = new Map<NodeId, string>();
  readonly #outputs: BeaconSourceOutput[] = [];
  #position: Position | undefined;

  constructor(self: NodeId, position: Position | undefined, rule: ClusterRule) {
    this.#self = self;
    this.#position = position;
    this.#rule = rule;
  }

  handle(now: Millis, input: BeaconSourceInput): void {
    switch (input.kind) {
      case "said":
        return this.#hear(now, input);
      case "gone":
        this.#sightings.drop(input.nodeId);
        return this.#compare();
      case "moved":
        this.#position = input.position;
        return this.#compare();
      case "due":
        if (this.#sightings.expire(now).length > 0) this.#compare();
    }
  }

  poll(): BeaconSourceOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Millis {
    return this.#sightings.deadline();
  }

  get refused(): number {
    return this.#sightings.refused;
  }

  #hear(now: Millis, { beacon, address }: Extract<BeaconSourceInput, { kind: "said" }>): void {
    const { nodeId, advertisement: { position } } = beacon;
    const known = this.#sightings.get(nodeId);
    const before = this.#placeOf(known?.beacon.advertisement.position);
    if (position === undefined) this.#sightings.drop(nodeId); // It says so no more.
    else this.#sightings.note(now, beacon, address);
    // Nearly every beacon says what the one before it said.
    if (this.#placeOf(position) !== before) this.#compare();
    else if (this.#told.has(nodeId) && !isSameAddress(known?.address, address)) this.#see(nodeId);
  }

  #placeOf(position: Position | undefined): string | undefined {
    return position && encodeGeohash(position, this.#rule.precision ?? GEOHASH_PRECISION);
  }

  /** Says who joined this node's cluster, and who left it. */
  #compare(): void {
    const geohash = this.#placeOf(this.#position);
    const members = new Set(geohash === undefined ? [] : this.#membersAt(geohash));
    for (const [nodeId, left] of [...this.#told]) {
      if (left === geohash && members.has(nodeId)) continue;
      this.#told.delete(nodeId);
      this.#outputs.push(
        { kind: "notice", notice: { type: "clusterLeft", nodeId, geohash: left } },
        { kind: "tell", event: { kind: "lost", nodeId } },
      );
    }
    for (const nodeId of members) {
      if (geohash === undefined || this.#told.has(nodeId)) continue;
      this.#told.set(nodeId, geohash);
      this.#see(nodeId);
      this.#outputs.push({ kind: "notice", notice: { type: "clusterJoined", nodeId, geohash } });
    }
  }

  /** Each node counts once, this one among them (G2). */
  #membersAt(place: string): NodeId[] {
    const others = [...this.#sightings.all()].map(({ nodeId, beacon }) => ({
      nodeId,
      position: beacon.advertisement.position,
    }));
    const all = [...others, { nodeId: this.#self, position: this.#position }];
    const cluster = clustersOf(all, this.#rule).find(({ geohash }) => geohash === place);
    return cluster?.members.filter((nodeId) => nodeId !== this.#self) ?? [];
  }

  #see(nodeId: NodeId): void {
    const addresses = [this.#sightings.get(nodeId)!.address];
    this.#outputs.push({ kind: "tell", event: { kind: "seen", nodeId, addresses } });
  }
}
