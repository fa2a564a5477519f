import { ASSIGNMENT_SCENARIOS } from "./assignment_scenarios.ts";
import { DOCUMENT_SCENARIOS } from "./document_scenarios.ts";
import { ELECTION_SCENARIOS } from "./election_scenarios.ts";
import { parseScenario, type Scenario } from "./scenario.ts";

/** The scenarios that ship with peat, as the files that a user would write. */
const FILES: readonly string[] = [
  `name = "quiet"
about = "ten nodes, nothing goes wrong"
nodes = 10
`,
  `name = "lossy-radio"
about = "every link loses a third of its packets, reorders and repeats some"
nodes = 8
duration = "2m"
profile = "tactical"

[network]
loss = 0.33
duplicate = 0.05
delay = "80ms"
jitter = "150ms"
rateKbps = 64
`,
  `name = "two-halves"
about = "six nodes are parted three from three for half a minute"
nodes = 6
duration = "90s"
profile = "tactical"

[[fault]]
kind = "partition"
at = "20s"
for = "30s"
groups = [[1, 2, 3], [4, 5, 6]]
`,
  `name = "deaf-node"
about = "one node can send but hears nobody, as with a dead receiver"
nodes = 5
duration = "2m"
profile = "tactical"

[[fault]]
kind = "isolate"
node = 2
direction = "in"
at = "20s"
for = "40s"
`,
  `name = "strangers"
about = "one node joins another formation, one claims another's id, one is revoked and one is told"
nodes = 6
duration = "2m"
profile = "tactical"

[[fault]]
kind = "stranger"
node = 1
at = "20s"
for = "40s"

[[fault]]
kind = "impersonate"
node = 2
victim = 3
at = "30s"
for = "30s"

[[fault]]
kind = "forge"
at = "40s"
pick = 5

[[fault]]
kind = "revoke"
node = 6
toldTo = 1
at = "50s"
`,
  `name = "rolling-restart"
about = "every node is stopped and started again in turn, as in an upgrade"
nodes = 5
duration = "2m"
profile = "tactical"

[[fault]]
kind = "restart"
node = 1
at = "20s"
for = "3s"

[[fault]]
kind = "restart"
node = 2
at = "30s"
for = "3s"

[[fault]]
kind = "restart"
node = 3
at = "40s"
for = "3s"

[[fault]]
kind = "restart"
node = 4
at = "50s"
for = "3s"

[[fault]]
kind = "restart"
node = 5
at = "60s"
for = "3s"
`,
  `name = "sleeping-node"
about = "a process is paused for longer than its peers' beacons hold good"
nodes = 4
duration = "90s"
profile = "fast"

[[fault]]
kind = "pause"
node = 3
at = "15s"
for = "20s"
`,
  `name = "wrong-clocks"
about = "clocks drift, one is set back an hour, an outsider replays old beacons"
nodes = 5
duration = "2m"
profile = "tactical"
driftPpm = 500
wallError = "1h"

[[fault]]
kind = "clockStep"
node = 1
byMs = -3600000
at = "20s"

[[fault]]
kind = "replay"
pick = 3
at = "40s"

[[fault]]
kind = "replay"
pick = 11
at = "70s"
`,
  `name = "full-disk"
about = "a node restarts onto a full disk, which later has room again"
nodes = 4
duration = "2m"
profile = "tactical"

[[fault]]
kind = "diskFull"
node = 2
at = "20s"
for = "40s"

[[fault]]
kind = "crash"
node = 2
at = "25s"
for = "2s"
`,
  `name = "go-between"
about = "two nodes cannot hear each other, and a third that hears both speaks for them"
nodes = 3
duration = "70s"
profile = "tactical"

[[fault]]
kind = "cut"
from = 1
to = 3
at = "0s"
for = "60s"

[[fault]]
kind = "cut"
from = 3
to = 1
at = "0s"
for = "60s"
`,
  `name = "islands"
about = "four networks in a row, each joined to the next by a node that repeats beacons"
nodes = 11
duration = "90s"
profile = "tactical"
connections = false
cell = false
islands = [[1, 2, 3, 4], [4, 5, 6], [6, 7, 8], [8, 9, 10, 11]]

[network]
loss = 0.1
delay = "20ms"

[[fault]]
kind = "restart"
node = 6
at = "40s"
for = "20s"
`,
  `name = "cell-split"
about = "a cell of fourteen parts in two, and its first leader ends while it does"
nodes = 14
duration = "2m"
profile = "tactical"
cellSize = "3-8"

[network]
loss = 0.05
delay = "10ms"

[[fault]]
kind = "crash"
node = 5
at = "9s"
for = "20s"

[[fault]]
kind = "partition"
at = "50s"
for = "20s"
groups = [[1, 3, 5, 7, 9, 11, 13], [2, 4, 6, 8, 10, 12, 14]]
`,
  `name = "cell-merge"
about = "nine nodes in five cells come together in as few as their sizes allow"
nodes = 9
duration = "90s"
profile = "tactical"
cells = 5
cellSize = "3-10"
`,
  `name = "no-multicast"
about = "six nodes that know each other's addresses where nothing is multicast"
nodes = 6
duration = "90s"
profile = "tactical"
discovery = "static"

[network]
loss = 0.1
delay = "30ms"

[[fault]]
kind = "crash"
node = 3
at = "30s"
for = "10s"
`,
  ...ELECTION_SCENARIOS,
  ...ASSIGNMENT_SCENARIOS,
  ...DOCUMENT_SCENARIOS,
];

export interface BuiltInScenario extends Scenario {
  readonly toml: string;
}

export function builtInScenarios(): readonly BuiltInScenario[] {
  return FILES.map((toml) => ({ ...parseScenario(toml, "built in"), toml }));
}
