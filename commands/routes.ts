import type { GroupRoute } from "../src/cli/route.ts";

/**
 * Every command, what it is for, and the file that does it. A file is loaded when its command runs,
 * so this table must stay free of imports that do something.
 */
export const ROUTES: GroupRoute = {
  brief: "peat turns a set of machines on a bad network into a team.",
  routes: {
    formation: {
      brief: "Make a formation's credentials, let nodes join, put them out",
      routes: {
        create: {
          brief: "Make the credentials of a new formation",
          load: async () => (await import("./formation.ts")).create,
        },
        show: {
          brief: "Show what a formation file is, without its secrets",
          load: async () => (await import("./formation.ts")).show,
        },
        invite: {
          brief: "Let one node become a member",
          load: async () => (await import("./formation.ts")).invite,
        },
        join: {
          brief: "Ask for an invite, or take one up",
          load: async () => (await import("./formation.ts")).join,
        },
        revoke: {
          brief: "Put a node out for ever",
          load: async () => (await import("./formation.ts")).revoke,
        },
        rotate: {
          brief: "Change the keys, with a time in which the old ones are still good",
          load: async () => (await import("./formation.ts")).rotate,
        },
        audit: {
          brief: "Check that nobody has changed a node's audit log",
          load: async () => (await import("./formation.ts")).audit,
        },
      },
    },
    node: {
      brief: "Run a node here, ask how it does, put nodes in cells, or stop it",
      routes: {
        run: {
          brief: "Run a node in the foreground",
          load: async () => (await import("./node.ts")).run,
        },
        status: {
          brief: "Show the state of the running node",
          load: async () => (await import("./node.ts")).status,
        },
        move: {
          brief: "Tell the running node where it is now",
          load: async () => (await import("./node_move.ts")).move,
        },
        power: {
          brief: "Tell the running node what feeds it",
          load: async () => (await import("./node_power.ts")).power,
        },
        assign: {
          brief: "Put a node in a cell, as an operator",
          load: async () => (await import("./node_assign.ts")).assign,
        },
        assignments: {
          brief: "List which nodes were put in which cells, and what became of it",
          load: async () => (await import("./node_assign.ts")).assignments,
        },
        stop: {
          brief: "Stop the running node cleanly",
          load: async () => (await import("./node.ts")).stop,
        },
      },
    },
    nodes: {
      brief: "List the nodes that are known, with their roles",
      load: async () => (await import("./nodes.ts")).nodes,
    },
    query: {
      brief: "Find nodes and cells that can do something",
      load: async () => (await import("./query.ts")).query,
    },
    capability: {
      brief: "Change or list what the node here can do, while it runs",
      routes: {
        set: {
          brief: "Say that the node can do something, and how well",
          load: async () => (await import("./capability.ts")).set,
        },
        clear: {
          brief: "Say that the node cannot be relied on for something any more",
          load: async () => (await import("./capability.ts")).clear,
        },
        health: {
          brief: "Say how the node is, which lowers all that it is relied on for",
          load: async () => (await import("./capability.ts")).health,
        },
        ls: {
          brief: "List what the node can do",
          load: async () => (await import("./capability.ts")).ls,
        },
      },
    },
    election: {
      brief: "See who leads a cell, by what right and why, or order who shall",
      routes: {
        status: {
          brief: "Show who leads, and by what right",
          load: async () => (await import("./election.ts")).status,
        },
        explain: {
          brief: "Show every candidate with its score, and why it won, lost or could not",
          load: async () => (await import("./election.ts")).explain,
        },
        watch: {
          brief: "Show changes of leader as they happen",
          load: async () => (await import("./election_watch.ts")).watch,
        },
        history: {
          brief: "Show who led when, or draw it",
          load: async () => (await import("./election_history.ts")).history,
        },
        override: {
          brief: "Order who leads",
          load: async () => (await import("./election_order.ts")).override,
        },
        policy: {
          brief: "Order by which policy members rank each other",
          load: async () => (await import("./election_order.ts")).policy,
        },
        "step-down": {
          brief: "Order whoever leads to let another lead",
          load: async () => (await import("./election_order.ts")).stepDown,
        },
      },
    },
    cell: {
      brief: "See whether a cell is ready, what it lacks and what cells come to, or approve it",
      routes: {
        status: {
          brief: "Show how far the cell is, what is missing, and who is in it",
          load: async () => (await import("./cell.ts")).status,
        },
        ls: {
          brief: "List the cells that are known here, and what each comes to",
          load: async () => (await import("./cell.ts")).list,
        },
        approve: {
          brief: "Agree, as an operator, to what the cell can do",
          load: async () => (await import("./cell.ts")).approve,
        },
      },
    },
    state: {
      brief: "Read and write the documents that all nodes share",
      routes: {
        get: {
          brief: "Show a document, or all of a collection",
          load: async () => (await import("./state.ts")).get,
        },
        put: {
          brief: "Write a document, or set some of its fields",
          load: async () => (await import("./state.ts")).put,
        },
        delete: {
          brief: "Delete a document everywhere, or one field of it",
          load: async () => (await import("./state.ts")).remove,
        },
        watch: {
          brief: "Show documents as they change",
          load: async () => (await import("./state_watch.ts")).watch,
        },
        ls: {
          brief: "List documents, with who wrote and who has each",
          load: async () => (await import("./state.ts")).list,
        },
      },
    },
    doctor: {
      brief: "Find what stops a node from working here, with a remedy for each",
      load: async () => (await import("./doctor.ts")).doctor,
    },
    sim: {
      brief: "Simulate a mesh with a seed: same seed, same run",
      routes: {
        run: {
          brief: "Run one scenario and check its invariants",
          load: async () => (await import("./sim.ts")).run,
        },
        soak: {
          brief: "Run fresh seeds until told to stop",
          load: async () => (await import("./sim_soak.ts")).soak,
        },
        replay: {
          brief: "Run a recording again",
          load: async () => (await import("./sim.ts")).replay,
        },
        scenarios: {
          brief: "List the scenarios there are",
          load: async () => (await import("./sim.ts")).scenarios,
        },
      },
    },
    demo: {
      brief: "Form a real mesh of processes on this machine and narrate it",
      load: async () => (await import("./demo.ts")).demo,
    },
    wire: {
      brief: "Turn protobuf bytes into JSON and back",
      routes: {
        types: {
          brief: "List the message types of the schema",
          load: async () => (await import("./wire.ts")).types,
        },
        decode: {
          brief: "Read one message's bytes and print it as JSON",
          load: async () => (await import("./wire.ts")).decode,
        },
        encode: {
          brief: "Read one message as JSON and print its bytes",
          load: async () => (await import("./wire.ts")).encode,
        },
      },
    },
    config: {
      brief: "Show the settings and where they come from",
      routes: {
        show: {
          brief: "Print every setting's value",
          load: async () => (await import("./config.ts")).show,
        },
        path: {
          brief: "Print which configuration file is read",
          load: async () => (await import("./config.ts")).path,
        },
      },
    },
    completion: {
      brief: "Print the script that lets a shell complete peat's words",
      load: async () => (await import("./completion.ts")).completion,
    },
    version: {
      brief: "Print what runs here, and check that its parts work",
      load: async () => (await import("./version.ts")).version,
    },
    help: {
      brief: "Explain a command, or what holds for all commands",
      load: async () => (await import("./help.ts")).help,
    },
    __complete: {
      brief: "Propose the next word of a command line",
      hidden: true,
      load: async () => (await import("./complete.ts")).complete,
    },
  },
};
