/** Elections under each kind of trouble, as the files that a user would write. */
export const ELECTION_SCENARIOS: readonly string[] = [
  ...[1, 5, 10, 20, 40].map(lossy),
  `name = "election-two-sides"
about = "the leader and the next best are parted from three, who elect another, and they heal"
nodes = 5
duration = "90s"
profile = "tactical"

[[fault]]
kind = "partition"
groups = [[2, 5], [1, 3, 4]]
at = "20s"
for = "30s"
`,
  `name = "election-three-heartbeats"
about = "one follower misses exactly three heartbeats of a leader that is well"
nodes = 5
duration = "90s"
profile = "tactical"

[[fault]]
kind = "cut"
from = 2
to = 3
at = "20s"
for = "1500ms"
`,
  `name = "election-one-way"
about = "links that work one way only, under delay, jitter, repeats and wrong clocks"
nodes = 5
duration = "2m"
profile = "tactical"
driftPpm = 500
wallError = "5s"

[network]
duplicate = 0.05
delay = "30ms"
jitter = "60ms"

[[fault]]
kind = "cut"
from = 2
to = 1
at = "20s"
for = "20s"

[[fault]]
kind = "isolate"
node = 2
direction = "out"
at = "50s"
for = "15s"

[[fault]]
kind = "isolate"
node = 5
direction = "in"
at = "75s"
for = "15s"

[[fault]]
kind = "clockStep"
node = 2
byMs = 3600000
at = "55s"

[[fault]]
kind = "clockStep"
node = 5
byMs = -3600000
at = "80s"
`,
  `name = "election-paused-leader"
about = "the leader is paused for two seconds and later for ten, and believes that it leads"
nodes = 5
duration = "90s"
profile = "tactical"

[[fault]]
kind = "pause"
node = 2
at = "20s"
for = "2s"

[[fault]]
kind = "pause"
node = 2
at = "40s"
for = "10s"

[[fault]]
kind = "pause"
node = 5
at = "45s"
for = "2s"
`,
  `name = "election-starved"
about = "all machines have too much to do, and keep every process waiting for up to half a second"
nodes = 5
duration = "90s"
profile = "fast"
${[1, 2, 3, 4, 5].map(starved).join("")}`,
  `name = "election-mixed-policies"
about = "members are started with different policies, and rank each other by one for all that"
nodes = 5
duration = "90s"
profile = "tactical"
policies = ["technical-dominant", "rank-dominant", "hybrid"]

[[fault]]
kind = "crash"
node = 2
at = "20s"
for = "15s"

[[fault]]
kind = "partition"
groups = [[1, 2, 3], [4, 5]]
at = "45s"
for = "20s"

[[fault]]
kind = "restart"
node = 5
at = "50s"
for = "5s"
`,
  `name = "election-double-crash"
about = "the leader and the next best crash in one moment"
nodes = 5
duration = "90s"
profile = "tactical"

[[fault]]
kind = "crash"
node = 2
at = "20s"
for = "15s"

[[fault]]
kind = "crash"
node = 5
at = "20s"
for = "15s"
`,
  `name = "election-rolling-restart"
about = "every member is stopped and started again in turn, the leader first"
nodes = 5
duration = "2m"
profile = "tactical"

[[fault]]
kind = "restart"
node = 2
at = "20s"
for = "3s"

[[fault]]
kind = "restart"
node = 5
at = "30s"
for = "3s"

[[fault]]
kind = "restart"
node = 3
at = "40s"
for = "3s"

[[fault]]
kind = "restart"
node = 1
at = "50s"
for = "3s"

[[fault]]
kind = "restart"
node = 4
at = "60s"
for = "3s"
`,
  `name = "election-lost-disk"
about = "the leader and then a voter come back under their names without their disks"
nodes = 5
duration = "2m"
profile = "tactical"

[[fault]]
kind = "wipe"
node = 2
at = "20s"
for = "3s"

[[fault]]
kind = "wipe"
node = 3
at = "40s"
for = "2s"

[[fault]]
kind = "crash"
node = 5
at = "40s"
for = "5s"
`,
  `name = "election-new-members"
about = "while a new leader is sought, one member stops and two that nobody knew start"
nodes = 6
duration = "90s"
profile = "tactical"

[[fault]]
kind = "restart"
node = 4
at = "0s"
for = "21s"

[[fault]]
kind = "restart"
node = 6
at = "0s"
for = "22s"

[[fault]]
kind = "crash"
node = 2
at = "20s"
for = "20s"

[[fault]]
kind = "restart"
node = 1
at = "21s"
for = "10s"
`,
  `name = "election-equal-scores"
about = "members that can all do the same lose the one that leads"
nodes = 5
duration = "90s"
profile = "tactical"
scores = "equal"

[[fault]]
kind = "crash"
node = 5
at = "20s"
for = "15s"
`,
  `name = "election-cold-start"
about = "members that never had a leader start one by one, parted at first"
nodes = 5
duration = "90s"
profile = "tactical"

[[fault]]
kind = "partition"
groups = [[1, 2], [3], [4, 5]]
at = "0s"
for = "15s"
`,
  `name = "election-ranked"
about = "members of different worth start together, and the best of them leads"
nodes = 9
duration = "30s"
profile = "tactical"
startWithin = "0s"
`,
  `name = "election-clock-ahead"
about = "a member whose clocks run fast and far ahead gains nothing by it"
nodes = 5
duration = "90s"
profile = "tactical"
wallError = "5s"

[[fault]]
kind = "clockStep"
node = 4
byMs = 3600000
at = "5s"

[[fault]]
kind = "drift"
node = 4
partsPerMillion = 1000
at = "5s"

[[fault]]
kind = "crash"
node = 2
at = "30s"
for = "15s"
`,
];

/** Nothing but loss, which is no reason to have another leader. */
function lossy(percent: number): string {
  return `name = "election-loss-${percent}"
about = "every link loses ${percent}% of its packets, and the leader stays"
nodes = 5
duration = "2m"

[network]
loss = ${percent / 100}
delay = "5ms"
`;
}

function starved(node: number): string {
  return `
[[fault]]
kind = "starve"
node = ${node}
at = "10s"
for = "80s"
`;
}
