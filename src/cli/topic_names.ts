/** What `peat help` explains beside commands. Completion knows the names without loading the texts. */
export const TOPIC_NAMES = [
  "exit-codes",
  "environment",
  "formatting",
  "config",
  "sim",
  "security",
  "discovery",
  "cells",
  "election",
  "query",
  "state",
] as const;

export type TopicName = (typeof TOPIC_NAMES)[number];
