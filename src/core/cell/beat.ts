import type { Beat, HeardBeat } from "../election/beat.ts";

/** What a sign of life says of its sender's part in the election of a cell. */
export type CellBeat = Beat & { readonly cellId: string };

export type HeardCellBeat = HeardBeat & { readonly beat: CellBeat };
