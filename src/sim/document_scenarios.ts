/** What is done with documents while things go wrong. */
export const DOCUMENT_SCENARIOS: readonly string[] = [
  `name = "documents-parted"
about = "both sides of a partition write the same documents, and one side deletes one"
nodes = 6
duration = "2m"
profile = "tactical"

[[fault]]
kind = "partition"
at = "20s"
for = "60s"
groups = [[1, 2, 3], [4, 5, 6]]
${written([["10s", 1], ["30s", 2], ["31s", 5], ["50s", 3], ["51s", 6]], "notes/a")}
${written([["12s", 2], ["40s", 4]], "notes/doomed")}
[[work]]
kind = "delete"
key = "notes/doomed"
at = "45s"
node = 1
${written([["55s", 6]], "notes/doomed")}`,
  `name = "documents-crash"
about = "nodes crash while they save what they wrote, and what others did; disks are lost and full"
nodes = 4
duration = "2m"
profile = "tactical"

[[fault]]
kind = "crash"
node = 1
at = "20005ms"
for = "5s"

[[fault]]
kind = "crash"
node = 4
at = "28065ms"
for = "5s"

[[fault]]
kind = "wipe"
node = 2
at = "40s"
for = "5s"

[[fault]]
kind = "diskFull"
node = 3
at = "30s"
for = "40s"
${written([["19s", 1], ["20s", 1], ["28s", 1], ["35s", 3], ["50s", 4]], "notes/a")}
${written([["15s", 2], ["16s", 2], ["50s", 2], ["60s", 2]], "nodes/n2")}
${written([["80s", 3]], "alerts/a")}`,
  `name = "documents-forged"
about = "one node hands on, in its own name and in another's, what it made of others' documents"
nodes = 5
duration = "90s"
profile = "tactical"
${written([["10s", 1]], "nodes/n1")}
${written([["10s", 2]], "nodes/n2")}
[[work]]
kind = "plant"
as = "itself"
at = "20s"
node = 5
victim = 1

[[work]]
kind = "plant"
as = "victim"
at = "40s"
node = 5
victim = 2
${written([["60s", 1]], "nodes/n1")}`,
  `name = "documents-past-writers"
about = "who lost its disk is brought what members wrote that were put out, or whose time was over"
nodes = 5
duration = "2m"
profile = "tactical"

[[fault]]
kind = "revoke"
node = 1
toldTo = 2
at = "20s"

[[fault]]
kind = "wipe"
node = 4
at = "30s"
for = "10s"

[[fault]]
kind = "expire"
node = 3
at = "50s"
for = "40s"

[[fault]]
kind = "wipe"
node = 2
at = "60s"
for = "10s"
${written([["10s", 1], ["12s", 2], ["15s", 3], ["18s", 1], ["45s", 3]], "notes/a")}
${written([["10s", 1]], "nodes/n1")}
${written([["45s", 3]], "nodes/n3")}
[[work]]
kind = "plant"
as = "signed"
at = "80s"
node = 5
victim = 1
`,
  `name = "documents-long"
about = "some MiB of history come to a node that lost its disk, crashes meanwhile and has no room"
nodes = 4
duration = "3m"
profile = "tactical"

[network]
delay = "20ms"
rateKbps = 8000

[[fault]]
kind = "wipe"
node = 4
at = "10s"
for = "50s"

[[fault]]
kind = "crash"
node = 4
at = "61500ms"
for = "3s"

[[fault]]
kind = "diskFull"
node = 4
at = "66s"
for = "4s"

[[fault]]
kind = "crash"
node = 1
at = "67s"
for = "60s"
${
    Array.from({ length: 80 }, (_, index) => writtenLong(15_000 + 400 * index, 1 + index % 2)).join(
      "",
    )
  }`,
  `name = "documents-directed"
about = "reports go up, orders down and notices beside, while leaders change and words are lost"
nodes = 5
duration = "2m"
profile = "tactical"

[network]
loss = 0.2

[[fault]]
kind = "crash"
node = 5
at = "30s"
for = "20s"

[[fault]]
kind = "partition"
at = "60s"
for = "20s"
groups = [[1, 2], [3, 4, 5]]
${
    ["25s", "35s", "65s", "90s"].map((at) =>
      [1, 2, 3, 4].map((node) =>
        written([[at, node]], `contact_reports/${node}`) + written([[at, node]], "notices/a") +
        written([[at, node]], "commands/a")
      ).join("")
    ).join("")
  }`,
];

function writtenLong(atMs: number, node: number): string {
  return `
[[work]]
kind = "write"
key = "notes/long"
at = "${atMs}ms"
node = ${node}
textLength = 40000
`;
}

function written(writes: readonly (readonly [at: string, node: number])[], key: string): string {
  return writes.map(([at, node]) => `
[[work]]
kind = "write"
key = "${key}"
at = "${at}"
node = ${node}
`).join("");
}
