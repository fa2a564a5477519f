import { formatDuration } from "../../src/cli/duration.ts";
import { byNumber, type Span, type Timeline, type TimelineRow } from "./timeline.ts";

const WIDTH = 1_080;
const MARGIN = 20;
const ROW_HEIGHT = 26;
const ROW_GAP = 8;
const TOP = 78;
const LETTER = 6.6;
const LONGEST_NAME = 24;

/** Told apart by those who do not tell red from green, and on paper. */
const COLOURS = [
  "#0072b2",
  "#e69f00",
  "#009e73",
  "#cc79a7",
  "#56b4e9",
  "#d55e00",
  "#7a5195",
  "#8c8c00",
  "#5d4037",
  "#607d8b",
] as const;

/** Dark text is read on these, white on the others. */
const LIGHT: readonly string[] = ["#e69f00", "#56b4e9", "#cc79a7"];

const INK = "#222222";

interface Frame {
  readonly left: number;
  readonly x: (ms: number) => number;
  readonly colourOf: (leaderId: string) => number;
}

/** A row for each node: who led when, as that node saw it. */
export function leaderChart(
  timeline: Timeline,
  { title, isSimulated = false }: { title: string; isSimulated?: boolean },
): string {
  const { rows, fromMs, toMs } = timeline;
  const left = MARGIN + LETTER * Math.max(4, ...rows.map(({ nodeId }) => shown(nodeId).length)) +
    12;
  const spanMs = Math.max(1, toMs - fromMs);
  const x = (ms: number) => left + (WIDTH - MARGIN - left) * ((ms - fromMs) / spanMs);
  const leaders = [...new Set(rows.flatMap(({ spans }) => spans.map((its) => its.leaderId)))].sort(
    byNumber,
  );
  const frame: Frame = { left, x, colourOf: (id) => leaders.indexOf(id) % COLOURS.length };
  const bottom = TOP + rows.length * (ROW_HEIGHT + ROW_GAP);
  const when = isSimulated ? "of simulated time" : `from ${new Date(fromMs).toISOString()}`;
  const legend = legendOf(leaders, bottom + 44);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${legend.bottom}" ` +
    `viewBox="0 0 ${WIDTH} ${legend.bottom}" font-family="Helvetica, Arial, sans-serif" ` +
    `font-size="12" fill="${INK}">`,
    hatches(),
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    text(MARGIN, 30, title, `font-size="17" font-weight="bold"`),
    text(MARGIN, 50, `${formatDuration(spanMs)} ${when}`, FAINT),
    axis(timeline, frame, bottom),
    ...rows.map((row, index) => rowOf(row, frame, TOP + index * (ROW_HEIGHT + ROW_GAP))),
    legend.svg,
    "</svg>\n",
  ].join("\n");
}

const FAINT = `fill="#666666"`;

function hatches(): string {
  const patterns = COLOURS.map((colour, index) =>
    `<pattern id="hatch${index}" width="8" height="8" patternUnits="userSpaceOnUse" ` +
    `patternTransform="rotate(45)"><rect width="8" height="8" fill="#ffffff"/>` +
    `<rect width="8" height="8" fill="${colour}" fill-opacity="0.25"/>` +
    `<rect width="3" height="8" fill="${colour}"/></pattern>`
  );
  return `<defs>${patterns.join("")}</defs>`;
}

const STEPS_MS = [
  ...[100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000],
  ...[1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000],
];
const MOST_TICKS = 12;

function axis({ fromMs, toMs }: Timeline, { x }: Frame, bottom: number): string {
  const spanMs = toMs - fromMs;
  const most = STEPS_MS.at(-1)!;
  const stepMs = STEPS_MS.find((step) => spanMs / step <= MOST_TICKS) ??
    most * Math.ceil(spanMs / most / MOST_TICKS);
  const ticks: string[] = [];
  for (let atMs = 0; atMs <= spanMs; atMs += stepMs) {
    const at = x(fromMs + atMs).toFixed(1);
    ticks.push(
      `<line x1="${at}" x2="${at}" y1="${TOP - 8}" y2="${bottom}" stroke="#dddddd"/>`,
      text(Number(at), bottom + 14, atMs === 0 ? "0" : formatDuration(atMs), MIDDLE),
    );
  }
  return ticks.join("\n");
}

const MIDDLE = `text-anchor="middle" font-size="11" fill="#666666"`;

function rowOf({ nodeId, spans }: TimelineRow, frame: Frame, y: number): string {
  const { left, x } = frame;
  const middle = y + ROW_HEIGHT / 2;
  return [
    text(left - 10, middle + 4, shown(nodeId), `text-anchor="end"`),
    `<line x1="${left}" x2="${WIDTH - MARGIN}" y1="${middle}" y2="${middle}" stroke="#bbbbbb" ` +
    `stroke-dasharray="2 3"/>`,
    ...spans.map((span) => spanOf(span, nodeId, x, frame, y)),
  ].join("\n");
}

function spanOf(span: Span, nodeId: string, x: Frame["x"], { colourOf }: Frame, y: number): string {
  const { leaderId, term, authority, fromMs, toMs } = span;
  const index = colourOf(leaderId);
  const colour = COLOURS[index]!;
  const from = x(fromMs);
  const width = Math.max(0.5, x(toMs) - from);
  const isSolid = authority === "quorum";
  const fill = isSolid ? colour : `url(#hatch${index})`;
  // Who leads is framed in its own row.
  const frame = leaderId === nodeId ? `stroke="${INK}" stroke-width="2"` : `stroke="${colour}"`;
  const said = `${leaderId} leads in term ${term}, ${authority}, for ${
    formatDuration(toMs - fromMs)
  }`;
  return `<g><title>${escaped(said)}</title><rect x="${from.toFixed(1)}" y="${y}" width="${
    width.toFixed(1)
  }" height="${ROW_HEIGHT}" rx="3" fill="${fill}" ${frame}/>${
    labelOf(span, from, width, y, isSolid && !LIGHT.includes(colour))
  }</g>`;
}

/** As much as there is room for: the leader and its term, its term alone, or nothing. */
function labelOf(
  { leaderId, term, authority }: Span,
  from: number,
  width: number,
  y: number,
  isOnDark: boolean,
): string {
  const name = shown(leaderId);
  const label = [`${name}, term ${term}`, `${name} ${term}`, String(term)]
    .find((words) => words.length * LETTER + 8 <= width);
  if (label === undefined) return "";
  const ink = isOnDark ? "#ffffff" : INK;
  const halo = authority === "quorum"
    ? ""
    : ` stroke="#ffffff" stroke-width="3" paint-order="stroke" stroke-linejoin="round"`;
  return text(
    from + width / 2,
    y + ROW_HEIGHT / 2 + 4,
    label,
    `text-anchor="middle" font-size="11" fill="${ink}"${halo}`,
  );
}

/** Which colour is whom, and what the patterns mean, in as many lines as that takes. */
function legendOf(leaders: readonly string[], top: number): { svg: string; bottom: number } {
  const entries = [
    ...leaders.map((leaderId, index) => ({
      fill: COLOURS[index % COLOURS.length]!,
      stroke: "none",
      words: shown(leaderId),
    })),
    { fill: "#777777", stroke: "none", words: "quorum" },
    { fill: "url(#hatch9)", stroke: "#607d8b", words: "autonomous" },
    { fill: "#ffffff", stroke: INK, words: "the node leads itself" },
  ];
  const parts: string[] = [];
  let x = MARGIN;
  let y = top;
  for (const { fill, stroke, words } of entries) {
    const width = 24 + words.length * LETTER + 20;
    if (x + width > WIDTH - MARGIN) [x, y] = [MARGIN, y + 24];
    parts.push(
      `<rect x="${x}" y="${
        y - 12
      }" width="18" height="14" rx="3" fill="${fill}" stroke="${stroke}"/>`,
      text(x + 24, y, words),
    );
    x += width;
  }
  const note = "The number is the term. A dotted line: no leader is known.";
  parts.push(text(MARGIN, y + 26, note, FAINT));
  return { svg: parts.join("\n"), bottom: y + 44 };
}

function text(x: number, y: number, words: string, more = ""): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${escaped(words)}</text>`;
}

function shown(name: string): string {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name;
}

function escaped(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
