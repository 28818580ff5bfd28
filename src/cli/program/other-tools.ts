/** The command of jflow for a command of docker compose, kubectl, systemctl or Jina. */
const COMMANDS: Readonly<Record<string, string>> = {
  add: "jflow post /index --input data.jsonl",
  apply: "jflow up",
  attach: "jflow logs -f",
  build: "jflow up, which compiles executors",
  check: "jflow config -q",
  clear: "jflow post /clear",
  client: "jflow post <endpoint>",
  compose: "the command without it, such as jflow up",
  count: "jflow ps: the column DOCS counts the documents of each replica",
  cp: "the files themselves: a replica is a process of this machine",
  create: "jflow up for a flow, or jflow init for a new folder",
  dashboard: "jflow ps, or the admin address that jflow up prints",
  delete: "jflow down for the flow, or jflow post /delete for documents",
  deploy: "jflow up",
  destroy: "jflow down",
  diff: "jflow config, which prints the checked flow file",
  drain: "jflow stop <address>, which finishes the requests in flight",
  edit: "an editor for the flow file, then jflow config -q",
  exec: "jflow ps -o wide: it shows the pid of each replica, which is a process of this machine",
  executor: "jflow up flow.yml, with one executor in the flow file",
  executors: "jflow ps",
  find: 'jflow search "text"',
  flow: "jflow up flow.yml",
  gateway: "jflow up flow.yml, which starts the gateway, too",
  get: "jflow ps for replicas, or jflow post /get for documents",
  import: "jflow post /index --input data.jsonl",
  index: "jflow post /index --input data.jsonl",
  info: "jflow ps for replicas, or jflow version",
  insert: "jflow post /index --input data.jsonl",
  inspect: "jflow describe <address>, or jflow config for the flow file",
  kill: "jflow stop <address> for replicas, or jflow down for the flow",
  lint: "jflow config -q",
  list: "jflow ls for flows, or jflow ps for replicas",
  load: "jflow post /index --input data.jsonl",
  log: "jflow logs",
  monitor: "jflow top",
  new: "jflow init",
  nodes: "jflow ps",
  pause: "jflow stop <address>",
  ping: "jflow health",
  pods: "jflow ps",
  "port-forward": "jflow ps: each replica listens at its PORT on this machine",
  port: "jflow ps",
  processes: "jflow ps",
  project: "jflow ls",
  proxy: "jflow ps: each replica listens at its PORT on this machine",
  query: 'jflow search "text"',
  ready: "jflow health --wait green",
  rebalance: "jflow reshard <executor> --shards <number>",
  reload: "jflow restart",
  remove: "jflow down for the flow, or jflow post /delete for documents",
  replicas: "jflow ps",
  resume: "jflow start <address>",
  rm: "jflow down",
  rollout: "jflow restart",
  run: "jflow up",
  serve: "jflow up",
  shell: "jflow ps -o wide: it shows the pid of each replica, which is a process of this machine",
  shutdown: "jflow down",
  stats: "jflow top",
  status: "jflow ps for replicas, or jflow health for the health of the flow",
  tail: "jflow logs -f",
  term: "jflow stop <address> for replicas, or jflow down for the flow",
  ui: "jflow ps, or the admin address that jflow up prints",
  unpause: "jflow start <address>",
  update: "jflow post /update --input data.jsonl",
  upload: "jflow post /index --input data.jsonl",
  validate: "jflow config -q",
  watch: "jflow ps -w, or jflow health --wait green",
};

const LIMIT = "-n for jflow search, or --param limit= for jflow post";

/** The option of jflow for an option of another tool. */
const OPTIONS: Readonly<Record<string, string>> = {
  "-A": "jflow ls, which lists the flows of this user",
  "-a": "the command without it: jflow ps lists stopped replicas, too",
  "--all": "the command without it: jflow ps lists stopped replicas, too",
  "--all-namespaces": "jflow ls, which lists the flows of this user",
  "--build": "the command without it: executors are compiled at each start",
  "--config": "--file",
  "--context": "--name",
  "--data": "--text, or --input - for JSON on stdin",
  "--detach-keys": "Ctrl-C",
  "--detached": "--detach",
  "--env": "variables of the environment: NAME=value jflow up",
  "--env-file": "--env-file after jflow up, config or reshard",
  "--env-file-if-exists": "--env-file, or a file named .env next to the flow file",
  "--fields": "--param 'fields=[...]' for jflow post, or jflow search --fields",
  "--filter": "--param 'filter={...}' for jflow post, or an address for jflow ps",
  "--force-recreate": "jflow down, then jflow up",
  "--format": "-o, such as -o json",
  "--ids": `--param 'ids=["a"]' for jflow post`,
  "--json": "-o json",
  "-k": LIMIT,
  "-l": "an address, such as jflow ps indexer/1",
  "--lines": "--tail",
  "-n": "--name for a flow, or jflow logs -n for lines",
  "--namespace": "--name",
  "--no-deps": "the command without it: a flow starts as a whole",
  "--no-headers": "-o name for addresses, or -o json",
  "--no-log-prefix": "an address, such as jflow logs indexer/1/0",
  "--no-trunc": "-o wide",
  "--offset": "--param offset= for jflow post, or jflow search --offset",
  "-p": "--name",
  "--port": "port in the flow file",
  "--project-name": "--name",
  "--remove-orphans": "the command without it: jflow down stops every process of the flow",
  "--replicas": "jflow scale <executor>=<number>, or replicas in the flow file",
  "--rmi": "rm -r .jflow after jflow down, which keeps the data",
  "--scale": "jflow scale <executor>=<number>",
  "--selector": "an address, such as jflow ps indexer/1",
  "--services": "jflow ps -o name",
  "--size": LIMIT,
  "--status": "jflow ps, whose column STATE shows it",
  "--top": LIMIT,
  "--top-k": LIMIT,
  "--top-n": LIMIT,
  "--top_k": LIMIT,
  "--topk": LIMIT,
  "--uses": "the path of the flow file: jflow up flow.yml",
  "-v": "rm -r .jflow after jflow down, which keeps the data",
  "--verbose": "jflow logs, which shows what each replica wrote",
  "--volumes": "rm -r .jflow after jflow down, which keeps the data",
  "-w": "jflow health --wait green, or watch jflow ps",
  "--wait": "the command without it: jflow up -d returns when the flow is ready",
  "--wait-timeout": "--timeout",
  "--watch": "jflow health --wait green, or watch jflow ps",
};

/** The advice for an argument that is missing. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  address: "jflow ps lists the addresses, such as indexer, indexer/1 or indexer/1/0",
  endpoint: "write, for example, jflow post /index --input data.jsonl",
  executor: "jflow ps lists the executors",
  text: 'write, for example, jflow search "a small dog"',
};

/**
 * The advice for a text as an argument, and for a pattern that the shell replaced by file names.
 */
const QUOTE =
  'use --text "..." for a text, quote a pattern (--input "*.jsonl"), or repeat --input for each file';

/**
 * Adds what to write instead to commander's message about a missing argument, about too many
 * arguments of `post`, or about an unknown command or option that other tools have. Any other
 * message is returned unchanged.
 */
export function explainUsage(message: string): string {
  const missing = /^error: missing required argument '(\w+)'/.exec(message);
  if (missing !== null && Object.hasOwn(ARGUMENTS, missing[1]!))
    return `error: the ${missing[1]} is missing: ${ARGUMENTS[missing[1]!]}\n`;
  if (message.startsWith("error: too many arguments for 'post'"))
    return `error: too many arguments: ${QUOTE}\n`;
  const unknown = /unknown (command|option) '([^'=]+)/.exec(message);
  if (unknown === null) return message;
  const [found, kind, word] = unknown;
  const instead = kind === "command" ? insteadOf(word!) : OPTIONS[word!];
  return instead === undefined ? message : `error: ${found}': use ${instead}\n`;
}

/** Returns what jflow has instead of a command of another tool, if the command is known. */
export function insteadOf(command: string): string | undefined {
  return Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
}
