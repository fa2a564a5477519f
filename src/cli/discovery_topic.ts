import { section, sections } from "./help.ts";
import type { Paint } from "./paint.ts";

/** `peat help discovery`. */
export function discoveryText(paint: Paint): string {
  return sections(
    "A node learns of peers in several ways at once and merges what they say. A peer is lost only\n" +
      "when every one of them has lost it; `peat nodes --json` says in `sources` who knows of it.",
    section("EXAMPLES", [
      ["peat node run --discovery multicast,mdns", "also by the local network's name service"],
      ["peat node run --peer 10.0.0.7 --peer relay.example:11205", "peers beyond a router"],
      ["peat node run --peers-file peers.toml", "peers that are written down"],
      ["peat node run --relay", "join the networks that this machine is on"],
      [
        "peat node run --discovery multicast,geographic --position 47.1,8.5",
        "and keep to those that are near for as long as their last beacon holds good",
      ],
      ["peat node run --emcon", "send nothing, and only listen"],
      ["peat nodes --json | jq '.[] | {nodeId, sources}'", "who knows of whom"],
    ], paint),
    section("WAYS", [
      ["multicast", "beacons to everyone on the network, no configuration at all"],
      ["static", "--peer and --peers-file: beacons go to each of these addresses as well"],
      [
        "mdns",
        "the service _peat._udp.local, by IPv4 and IPv6, which avahi-browse sees too; it shows the",
      ],
      ["", "node's id and ports, and of the formation only a tag that its members know"],
      ["relay", "connected peers, and nodes that say beacons again, tell of those out of reach"],
      [
        "geographic",
        "peers in one geohash cell with this node: --cluster-precision, --cluster-least",
      ],
      ["capability", "peers that can do what is looked for: --seek, --seek-also, --seek-score"],
      ["directed", "peers that an operator orders this node to contact"],
    ], paint),
    `${paint.strong("A FILE OF PEERS")}
  emcon = false                            # true: like --emcon
  [[peers]]
  node_id = "drone-1"                      # absent: whoever answers there
  addresses = ["10.0.0.7:11205", "[2001:db8::7]:11205", "relay.example"]
  priority = 200                           # 0 to 255, the higher is contacted first [128]
  metadata = { where = "the roof" }        # for people

  A name is looked up again, ever more rarely, while its peer is not heard.`,
    section("SOURCES", [
      ["multicast, direct", "its beacons are heard, through the group or sent to this node alone"],
      [
        "relay",
        "a connected peer hands on its beacons, sealed and signed by itself: `via` and `hops`",
      ],
      [
        "",
        "say through whom and over how many nodes, three at the most, until it is heard directly",
      ],
      ["connection", "there is a connection with it"],
      ["geographic", "it is near, and its last beacon still holds good"],
      ["capability", "it can do what this node looks for, and so does its last beacon"],
      ["static, mdns", "it is told of, which is no sign that it lives: such a peer is `silent`"],
      ["directed", "the same, by an operator who put this node in a cell: `peat help cells`"],
    ], paint),
    `${paint.strong("JOINING NETWORKS")}
  Beacons do not leave the network that they are sent on. A node with --relay says those of each of
  its networks again on its others, as their senders sealed and signed them, and never on the one
  that they came by. They go over three such nodes at most, and their time to live goes on counting.
  \`peat node status\` counts them; loopback is no such network.

${paint.strong("EMISSION CONTROL")}
  With --emcon a node sends no beacon, question, answer, dial, name service message or goodbye, and
  takes no streams; it hears, and lists whom it hears. The kernel still tells routers which groups
  it listens to (IGMP, MLD). Where that is too much, keep it in with a firewall.`,
  );
}
