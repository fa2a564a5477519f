import { distanceMeters } from "../beacon/distance.ts";
import type { NodeId } from "../kernel/ids.ts";
import { type Aggregate, aggregate, type Gap, gapsOf, readinessOf } from "./aggregate.ts";
import { type AuthorityLevel, bestAuthority } from "./authority.ts";
import { type Capability, CAPABILITY_TYPES, type CapabilityType } from "./capability.ts";
import { type Health, worstHealth } from "./health.ts";
import { meanPlace, type Place } from "./place.ts";

/** What is known of a member of a cell. */
export interface MemberReport {
  readonly nodeId: NodeId;
  readonly isPresent: boolean;
  readonly health?: Health | undefined;
  /** The battery's charge from 0 to 1, or 1 on mains. */
  readonly power?: number | undefined;
  readonly position?: Place | undefined;
  readonly authority?: AuthorityLevel | undefined;
  readonly capabilities: readonly Capability[];
}

/** The box around places. Its west is east of its east where it reaches over the antimeridian. */
export interface Bounds {
  readonly south: number;
  readonly north: number;
  readonly west: number;
  readonly east: number;
}

/** How one kind of capability stands, everybody together. */
export type Standing = Pick<Aggregate, "type" | "confidence" | "contributors">;

/** What a cell, a cohort or a federation comes to. Nobody who is lost is left out of the count. */
export interface Summary {
  readonly id: string;
  /** Everybody who belongs to it, */
  readonly members: number;
  /** those of them who are there and can do something, */
  readonly operational: number;
  /** and the others. */
  readonly casualties: number;
  /** Of those who are there, the worst; failed where everybody is lost. */
  readonly health: Health;
  /** The mean of those of whom it is known. */
  readonly power?: number;
  readonly center?: Place;
  /** How far from the centre somebody is. */
  readonly radiusMeters?: number;
  readonly bounds?: Bounds;
  /** From 0 to 1, over the kinds that are required. */
  readonly readiness: number;
  readonly capabilities: readonly Standing[];
}

export interface CellSummary extends Summary {
  readonly capabilities: readonly Aggregate[];
  readonly gaps: readonly Gap[];
}

/** What a cell comes to, as far as somebody knows its members. */
export function summarizeCell(
  id: string,
  members: readonly MemberReport[],
  required: readonly CapabilityType[],
): CellSummary {
  const operational = members.filter(isOperational);
  const aggregates = aggregate(operational.map(({ capabilities, authority }) => ({
    capabilities,
    ...(authority === undefined ? {} : { authority }),
  })));
  const powers = operational.flatMap(({ power }) => power ?? []);
  const places = operational.flatMap(({ position }) => position ?? []);
  const authority = bestAuthority(operational.map((member) => member.authority));
  return {
    id,
    ...losses(members.length, operational.length),
    health: operational.length === 0
      ? "failed"
      : worstHealth(operational.map(({ health = "nominal" }) => health)),
    ...(powers.length === 0 ? {} : { power: mean(powers) }),
    ...whereabouts(places.map((center) => ({ center, weight: 1, radiusMeters: 0 }))),
    readiness: readinessOf(aggregates, required),
    capabilities: aggregates,
    gaps: gapsOf(aggregates, required, authority),
  };
}

/** A cohort from its cells, or a federation from its cohorts. Members count, not cells. */
export function summarizeAbove(id: string, parts: readonly Summary[]): Summary {
  const members = sum(parts, (part) => part.members);
  const operational = sum(parts, (part) => part.operational);
  const alive = parts.filter((part) => part.operational > 0);
  const powered = alive.filter((part) => part.power !== undefined);
  const placed = alive.flatMap(({ center, radiusMeters = 0, operational: weight, bounds }) =>
    center === undefined ? [] : [{ center, radiusMeters, weight, ...(bounds && { bounds }) }]
  );
  return {
    id,
    ...losses(members, operational),
    health: alive.length === 0 ? "failed" : worstHealth(alive.map(({ health }) => health)),
    ...(powered.length === 0 ? {} : { power: weighted(powered, ({ power }) => power!) }),
    ...whereabouts(placed),
    readiness: alive.length === 0 ? 0 : weighted(alive, ({ readiness }) => readiness),
    capabilities: CAPABILITY_TYPES.flatMap((type) => bestOf(type, alive)),
  };
}

/** Whoever is there, works and has something left to work with. */
function isOperational({ isPresent, health, power }: MemberReport): boolean {
  return isPresent && health !== "failed" && power !== 0;
}

function losses(members: number, operational: number) {
  return { members, operational, casualties: members - operational };
}

function bestOf(type: CapabilityType, parts: readonly Summary[]): Standing[] {
  const found = parts.flatMap(({ capabilities }) =>
    capabilities.filter((one) => one.type === type)
  );
  if (found.length === 0) return [];
  const confidence = Math.max(...found.map((one) => one.confidence));
  return [{ type, confidence, contributors: sum(found, (one) => one.contributors) }];
}

interface Spot {
  readonly center: Place;
  readonly weight: number;
  readonly radiusMeters: number;
  readonly bounds?: Bounds;
}

function whereabouts(
  spots: readonly Spot[],
): Pick<Summary, "center" | "radiusMeters" | "bounds"> {
  const center = meanPlace(spots.map((spot) => spot.center), (index) => spots[index]!.weight);
  if (center === undefined) return {};
  const reaches = spots.map((spot) => distanceMeters(center, spot.center) + spot.radiusMeters);
  return {
    center,
    radiusMeters: Math.max(...reaches),
    bounds: boundsAround(center.longitude, spots.map(boundsOf)),
  };
}

function boundsOf({ center: { latitude, longitude }, bounds }: Spot): Bounds {
  return bounds ?? { south: latitude, north: latitude, west: longitude, east: longitude };
}

/** Longitudes are taken from the middle, so that the antimeridian is a line like any other. */
function boundsAround(middle: number, all: readonly Bounds[]): Bounds {
  const east = Math.max(...all.map((one) => turn(one.east - middle)));
  const west = Math.min(...all.map((one) => turn(one.west - middle)));
  return {
    south: Math.min(...all.map(({ south }) => south)),
    north: Math.max(...all.map(({ north }) => north)),
    west: turn(middle + west),
    east: turn(middle + east),
  };
}

/** The same direction from -180 up to 180 degrees. */
function turn(degrees: number): number {
  return ((degrees + 540) % 360 + 360) % 360 - 180;
}

function weighted(parts: readonly Summary[], valueOf: (part: Summary) => number): number {
  return sum(parts, (part) => part.operational * valueOf(part)) /
    sum(parts, ({ operational }) => operational);
}

function mean(values: readonly number[]): number {
  return sum(values, (value) => value) / values.length;
}

function sum<T>(items: readonly T[], valueOf: (item: T) => number): number {
  return items.reduce((total, item) => total + valueOf(item), 0);
}
