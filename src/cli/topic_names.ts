/** What `peat help` explains beside commands, each in a line. Completion needs no more of them. */
export const TOPIC_BRIEFS = {
  "exit-codes": "What a script can rely on",
  environment: "The variables that are read, and which setting wins",
  formatting: "Tables, JSON, NDJSON and colour",
  config: "The configuration file, with every setting",
  sim: "Seeds, plans, faults and what is checked",
  security: "Formations, certificates, and what is refused",
  discovery: "The ways in which nodes learn of each other",
  cells: "How nodes form cells, part and join, and what assigns them",
  election: "Terms, votes, leases, and by what right somebody leads",
  query: "The grammar, the fields, the score and the typed form",
  state: "Documents: who may write what, and what is kept",
} as const;

export type TopicName = keyof typeof TOPIC_BRIEFS;

export const TOPIC_NAMES = Object.keys(TOPIC_BRIEFS) as readonly TopicName[];
