/** Most urgent first. A class's place in the list is its number on the wire. */
export const PRIORITY_CLASSES = ["critical", "high", "normal", "low"] as const;

export type PriorityClass = typeof PRIORITY_CLASSES[number];
