/** One command line, and what surrounds it. */
export interface Case {
  /** The file in `expected/`, without its ending. */
  readonly name: string;
  readonly line: readonly string[];
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Files in the home directory, by their path in it. */
  readonly files?: Readonly<Record<string, string>>;
}

const CONFIG_FILE = ".config/peat/config.toml";

function withConfig(content: string): Pick<Case, "files"> {
  return { files: { [CONFIG_FILE]: content } };
}

const NODE_CONFIG = "cap.node.v1.NodeConfig";

export const CASES: readonly Case[] = [
  { name: "help", line: ["--help"] },
  { name: "help_of_nothing", line: [] },
  { name: "help_of_a_group", line: ["help", "wire"] },
  { name: "help_of_a_command", line: ["wire", "decode", "--help"] },
  { name: "help_of_doctor", line: ["doctor", "--help"] },
  { name: "node_power_bad", line: ["node", "power", "full"] },
  { name: "nodes_within_nowhere", line: ["nodes", "--within", "5km"] },
  { name: "nodes_bad_distance", line: ["nodes", "--near", "1,2", "--within", "5 miles"] },
  { name: "nodes_bad_want", line: ["nodes", "--can", "sensr:thermal"] },
  { name: "help_of_node_run", line: ["node", "run", "--help"] },
  { name: "node_move_nowhere", line: ["node", "move", "95,-13"] },
  { name: "bad_switch", line: ["node", "run", "--can-parent=maybe"] },
  { name: "doctor_bad_format", line: ["doctor", "--format", "nagois"] },
  { name: "help_exit_codes", line: ["help", "exit-codes"] },
  { name: "help_environment", line: ["help", "environment"] },
  { name: "help_discovery", line: ["help", "discovery"] },
  { name: "help_cells", line: ["help", "cells"] },
  { name: "help_of_cell_ls", line: ["cell", "ls", "--help"] },
  { name: "help_of_assign", line: ["node", "assign", "--help"] },
  { name: "help_of_assignments", line: ["help", "node", "assignments"] },
  { name: "assign_without_a_cell", line: ["node", "assign", "drone-7"] },
  { name: "assign_nobody", line: ["node", "assign", "drone 7", "--cell", "red"] },
  {
    name: "assign_too_long",
    line: ["node", "assign", "drone-7", "--cell", "red", "--timeout", "2h"],
  },
  {
    name: "assign_bad_peer",
    line: ["node", "assign", "drone-7", "--cell", "red", "--peer", "drone-1@10.0.0.1:0"],
  },
  { name: "complete_assign", line: ["__complete", "--", "node", "assi"] },
  { name: "help_election", line: ["help", "election"] },
  { name: "help_of_election", line: ["help", "election", "status"] },
  { name: "help_of_override", line: ["election", "override", "--help"] },
  { name: "election_policy_misspelt", line: ["election", "policy", "hybird"] },
  { name: "election_bad_condition", line: ["election", "status", "--wait=ledaer"] },
  {
    name: "election_history_of_nothing",
    line: ["election", "history", "--trace", "/nowhere.ndjson"],
  },
  {
    name: "election_history_of_all_and_files",
    line: ["election", "history", "--all", "--trace", "a"],
  },
  { name: "bad_operator", line: ["node", "run", "--operator", "rank=O3,authority=boss"] },
  { name: "bad_policy", line: ["node", "run", "--election-policy", "technical"] },
  { name: "complete_election", line: ["__complete", "--", "election", ""] },
  { name: "complete_wait", line: ["__complete", "--", "election", "status", "--wait="] },
  { name: "help_query", line: ["help", "query"] },
  { name: "help_of_query", line: ["query", "--help"] },
  { name: "help_of_capability_set", line: ["capability", "set", "--help"] },
  { name: "help_state", line: ["help", "state"] },
  { name: "help_of_state_watch", line: ["state", "watch", "--help"] },
  { name: "help_of_state_put", line: ["state", "put", "--help"] },
  { name: "state_no_document", line: ["state", "get", "Notes/plan"] },
  { name: "state_no_value", line: ["state", "put", "notes/plan", "north"] },
  { name: "state_no_object", line: ["state", "put", "notes/plan", "12"] },
  { name: "state_bad_wait", line: ["state", "put", "notes/plan", "{}", "--wait=soon"] },
  { name: "state_delete_unasked", line: ["state", "delete", "notes/plan"] },
  { name: "query_not_understood", line: ["query", "type:senser AND confidence>0.5"] },
  { name: "query_without_an_end", line: ["query", "type:sensor AND"] },
  { name: "query_not_typed", line: ["query", '{"where":{"kind":"equal","field":"speed"}}'] },
  { name: "query_bad_type", line: ["query", "--type", "senser"] },
  { name: "query_bad_condition", line: ["query", "--wait=result>=1"] },
  {
    name: "query_explain",
    line: ["query", "name:th* or cell:a", "--type", "sensor", "--nearest", "3", "--explain"],
  },
  {
    name: "query_explain_json",
    line: ["query", "--min-confidence", "0.8", "--cell", "7", "--explain", "--json"],
  },
  { name: "capability_set_bad", line: ["capability", "set", "sensor:=1"] },
  { name: "capability_set_nowhere", line: ["capability", "set", "sensor", "--socket", "/nowhere"] },
  { name: "capability_bad_health", line: ["capability", "health", "degrade"] },
  { name: "complete_capability", line: ["__complete", "--", "capability", ""] },
  { name: "help_formatting", line: ["help", "formatting"] },
  { name: "help_config", line: ["help", "config"] },
  { name: "help_unknown_topic", line: ["help", "exit-code"] },
  { name: "help_beyond_a_command", line: ["help", "version", "check"] },
  { name: "version", line: ["version"] },
  { name: "version_flag", line: ["--version", "--json"] },
  { name: "version_ndjson", line: ["version", "-o", "ndjson"] },

  { name: "unknown_command", line: ["versoin"] },
  { name: "unknown_command_in_a_group", line: ["wire", "deocde"] },
  { name: "unknown_command_json", line: ["--json", "quux"] },
  { name: "unknown_flag", line: ["version", "--chekc"] },
  { name: "unknown_flag_before_the_command", line: ["--jsno", "version"] },
  { name: "unknown_flag_alone", line: ["--quux"] },
  { name: "unknown_letter", line: ["version", "-q"] },
  { name: "missing_command", line: ["config"] },
  { name: "missing_value", line: ["version", "--timeout"] },
  { name: "empty_value", line: ["version", "--socket="] },
  { name: "missing_argument", line: ["completion"] },
  { name: "too_many_arguments", line: ["version", "now"] },
  { name: "bad_choice", line: ["version", "--output", "jsn"] },
  { name: "bad_choice_json", line: ["version", "--json", "--color=blue"] },
  { name: "bad_duration", line: ["version", "--timeout", "5"] },
  { name: "control_characters_in_an_error", line: ["\x1b[2Jnode"] },

  { name: "config_path", line: ["config", "path"] },
  { name: "config_show", line: ["config", "show"] },
  {
    name: "config_show_origin",
    line: ["config", "show", "--origin", "--timeout", "1m30s"],
    env: { PEAT_CELL: "bravo", PEAT_DISCOVERY: "mdns" },
    ...withConfig('cell = "alpha"\npeer = ["10.0.0.7:11204"]\nposition = "52.52,13.405"\n'),
  },
  {
    name: "config_show_origin_json",
    line: ["config", "show", "port", "--origin", "--json"],
    ...withConfig("port = 4000\n"),
  },
  {
    name: "config_output_from_environment",
    line: ["config", "show", "output"],
    env: { PEAT_OUTPUT: "json" },
  },
  { name: "config_malformed", line: ["config", "show"], ...withConfig('cell = "a"\nport = =\n') },
  { name: "config_unknown_key", line: ["version"], ...withConfig("prot = 4000\n") },
  { name: "config_wrong_type", line: ["version", "--json"], ...withConfig("port = true\n") },
  { name: "config_not_there", line: ["version", "--config", "/nowhere/peat.toml"] },

  { name: "completion_bash", line: ["completion", "bash"] },
  { name: "completion_zsh", line: ["completion", "zsh"] },
  { name: "completion_fish", line: ["completion", "fish"] },
  { name: "completion_unknown_shell", line: ["completion", "bsh"] },
  { name: "complete_commands", line: ["__complete", "--", ""] },
  { name: "complete_flags", line: ["__complete", "--", "version", "--c"] },
  { name: "complete_values", line: ["__complete", "--", "version", "--output="] },

  {
    name: "wire_decode",
    line: ["wire", "decode", NODE_CONFIG, "--hex"],
    stdin: "0a05616c706861\n25 00002041",
  },
  {
    name: "wire_encode_hex",
    line: ["wire", "encode", NODE_CONFIG, "--hex"],
    stdin: '{"id":"alpha","commRangeM":10}',
  },
  { name: "wire_unknown_type", line: ["wire", "decode", "cap.node.v1.NodeConfg"], stdin: "" },
  { name: "wire_truncated", line: ["wire", "decode", NODE_CONFIG, "--hex"], stdin: "0a05616c" },
  { name: "wire_not_hexadecimal", line: ["wire", "decode", NODE_CONFIG, "--hex"], stdin: "zz" },
  { name: "wire_not_json", line: ["wire", "encode", NODE_CONFIG, "--hex"], stdin: "{" },
  { name: "wire_no_file", line: ["wire", "decode", NODE_CONFIG, "/nowhere/message.bin"] },
  {
    name: "wire_bytes_on_a_terminal",
    line: ["wire", "encode", NODE_CONFIG],
    env: { PEAT_FORCE_TTY: "80" },
  },
];
