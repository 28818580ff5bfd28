/** The command of jflow for a command of docker compose, kubectl, systemctl or Jina. */
const COMMANDS: Readonly<Record<string, string>> = {
  apply: "jflow up",
  attach: "jflow logs -f",
  build: "jflow up, which compiles executors",
  check: "jflow config -q",
  create: "jflow up for a flow, or jflow init for a new folder",
  delete: "jflow down for the flow, or jflow post /delete for documents",
  deploy: "jflow up",
  describe: "jflow explain <address>",
  destroy: "jflow down",
  events: "jflow logs",
  exec: "jflow ps -o wide: it shows the pid of each replica, which is a process of this machine",
  flow: "jflow up flow.yml",
  get: "jflow ps for replicas, or jflow post /get for documents",
  index: "jflow post /index --input data.jsonl",
  inspect: "jflow explain <address>, or jflow config for the flow file",
  kill: "jflow stop <address> for replicas, or jflow down for the flow",
  lint: "jflow config -q",
  list: "jflow ls for flows, or jflow ps for replicas",
  log: "jflow logs",
  new: "jflow init",
  pause: "jflow stop <address>",
  port: "jflow ps",
  query: 'jflow search "text"',
  reload: "jflow stop <address>, then jflow start <address>",
  restart: "jflow stop <address>, then jflow start <address>",
  resume: "jflow start <address>",
  rm: "jflow down",
  rollout: "jflow stop <address>, then jflow start <address>",
  run: "jflow up",
  scale: "replicas in the flow file, or jflow reshard for shards",
  serve: "jflow up",
  stats: "jflow ps -o wide",
  status: "jflow ps for replicas, or jflow health for the health of the flow",
  tail: "jflow logs -f",
  top: "jflow ps -o wide",
  unpause: "jflow start <address>",
  update: "jflow post /update --input data.jsonl",
  validate: "jflow config -q",
  wait: "jflow health --wait green",
};

const LIMIT = "-n for jflow search, or --param limit= for jflow post";
const IN_FLOW_FILE = "the key in the flow file";

/** The option of jflow for an option of another tool. */
const OPTIONS: Readonly<Record<string, string>> = {
  "-a": "the command without it: jflow ps lists stopped replicas, too",
  "--all": "the command without it: jflow ps lists stopped replicas, too",
  "--build": "the command without it: executors are compiled at each start",
  "--config": "--file",
  "--data": "--text, or --input - for JSON on stdin",
  "--detached": "--detach",
  "--env": "variables of the environment: NAME=value jflow up",
  "--env-file": "variables of the environment: set -a; . ./.env; set +a; jflow up",
  "--env-file-if-exists": "variables of the environment: set -a; . ./.env; set +a; jflow up",
  "--format": "-o, such as -o json",
  "--json": "-o json",
  "--lines": "--tail",
  "-n": "--name for a flow, or jflow logs -n for lines",
  "--namespace": "--name",
  "--no-trunc": "-o wide",
  "-p": "--name",
  "--port": IN_FLOW_FILE,
  "--project-name": "--name",
  "--replicas": IN_FLOW_FILE,
  "--scale": `replicas as ${IN_FLOW_FILE}`,
  "--top-k": LIMIT,
  "--top_k": LIMIT,
  "--uses": "the path of the flow file: jflow up flow.yml",
  "-v": "rm -r .jflow after jflow down, which keeps the data",
  "--volumes": "rm -r .jflow after jflow down, which keeps the data",
  "-w": "jflow health --wait green, or watch jflow ps",
  "--watch": "jflow health --wait green, or watch jflow ps",
};

/**
 * Adds what to use instead to commander's message about an unknown command or option that other
 * tools have. Any other message is returned unchanged.
 */
export function explainUnknown(message: string): string {
  const unknown = /unknown (command|option) '([^'=]+)/.exec(message);
  if (unknown === null) return message;
  const [found, kind, word] = unknown;
  const table = kind === "command" ? COMMANDS : OPTIONS;
  if (!Object.hasOwn(table, word!)) return message;
  return `error: ${found}': use ${table[word!]}\n`;
}
