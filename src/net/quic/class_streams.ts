import { PRIORITY_CLASSES, type PriorityClass } from "../../core/priority.ts";

/**
 * How many streams a class may have. Only bulk gets more than one, when its path is longer than
 * what the runtime lets one stream have on its way.
 */
export const CLASS_STREAMS: Readonly<Record<PriorityClass, number>> = {
  critical: 1,
  high: 1,
  normal: 1,
  low: 4,
};

export const MOST_STREAMS = PRIORITY_CLASSES.reduce((sum, name) => sum + CLASS_STREAMS[name], 0);
