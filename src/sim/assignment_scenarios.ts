/** Nodes that operators put in cells, as the files that a user would write. */
export const ASSIGNMENT_SCENARIOS: readonly string[] = [
  `name = "cells-assigned"
about = "nodes of no cell are put in two by operators, late or at odds, and by one who may not"
nodes = 6
duration = "60s"
profile = "tactical"
cell = false

[[fault]]
kind = "assign"
by = 1
node = 2
cell = "bravo"
at = "5s"
for = "20s"

[[fault]]
kind = "assign"
by = 1
node = 3
cell = "bravo"
at = "5s"
for = "20s"

[[fault]]
kind = "assign"
by = 3
node = 4
cell = "charlie"
at = "6s"
for = "20s"

[[fault]]
kind = "assign"
by = 1
node = 4
cell = "bravo"
at = "7s"
for = "20s"

[[fault]]
kind = "assign"
by = 3
node = 5
cell = "charlie"
at = "8s"
for = "20s"

[[fault]]
kind = "assign"
by = 2
node = 6
cell = "charlie"
at = "10s"
for = "20s"

[[fault]]
kind = "assign"
by = 5
node = 5
cell = "bravo"
at = "20s"
for = "20s"

[[fault]]
kind = "isolate"
node = 3
at = "30s"
for = "5s"

[[fault]]
kind = "assign"
by = 3
node = 6
cell = "charlie"
at = "31s"
for = "20s"

[[fault]]
kind = "assign"
by = 1
node = 6
cell = "bravo"
at = "32s"
for = "20s"
`,
  `name = "discovery-directed"
about = "nodes are told of peers to find in their cell, which are away, crash, or never come"
nodes = 5
duration = "90s"
profile = "tactical"
discovery = "static"

[network]
loss = 0.1
delay = "20ms"

[[fault]]
kind = "crash"
node = 2
at = "9s"
for = "10s"

[[fault]]
kind = "assign"
by = 1
node = 3
peer = 2
cell = "bravo"
at = "10s"
for = "30s"

[[fault]]
kind = "crash"
node = 3
at = "12s"
for = "3s"

[[fault]]
kind = "assign"
by = 1
node = 2
cell = "bravo"
at = "11s"
for = "30s"

[[fault]]
kind = "isolate"
node = 4
at = "45s"
for = "40s"

[[fault]]
kind = "assign"
by = 3
node = 4
peer = 3
cell = "bravo"
at = "50s"
for = "20s"

[[fault]]
kind = "assign"
by = 3
node = 5
peer = 4
cell = "bravo"
at = "50s"
for = "15s"
`,
];
