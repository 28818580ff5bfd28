import { z } from "zod";
import { key, type Values } from "./key.ts";
import {
  openMap,
  environment,
  nonEmptyText,
  oneOf,
  oneOrMore,
  textMap,
  textList,
  flag,
  integer,
} from "./values/value-kinds.ts";
import {
  deadline,
  duration,
  durability,
  writeDurability,
  writeDuration,
} from "./values/measures.ts";
import { SUPERVISION_KEYS } from "./supervision.ts";
import { pollingValue } from "./values/polling-value.ts";
import { withLabel } from "./values/annotations.ts";
import { BALANCINGS } from "../../model/shard/balancing.ts";
import {
  DEFAULT_MAX_QUEUED,
  MAX_CALLS_PER_WORKER,
  MAX_REQUESTS_IN_FLIGHT,
} from "../../util/limits/requests.ts";
import { MAX_PROCESSES_PER_DEPLOYMENT } from "../../util/limits/flow-file.ts";

/** Jina's default. */
const DEFAULT_TIMEOUT_READY = "10m";

const USES = "a file (./x.ts, ./x.ts#Name), a package or a built-in";

const uses = z.union([nonEmptyText(USES), openMap("a mapping")], { error: `expected ${USES}` });

/** The keys of one entry of `executors`. */
export const EXECUTOR_KEYS = {
  name: key(
    nonEmptyText("a name").optional(),
    "Name of the deployment: letters, digits and _, no digit at the start. Default: executor0, executor1, ...",
    { property: null },
  ),
  uses: key(
    withLabel(USES, uses).optional(),
    "The executor: ./file.ts, ./file.ts#Export, a package, a built-in (HNSWIndexer, TfidfEncoder, BaseExecutor), or a stock Python executor (config.yml, ./file.py, ./file.py#Class, a class of py_modules; JFLOW_PYTHON sets the Python program). Default: BaseExecutor, which returns requests unchanged",
    { property: null, isPath: true, wrongNames: ["command"] },
  ),
  uses_with: key(openMap("a mapping of options").default({}), "Options of the executor", {
    scope: "local",
    wrongNames: ["with"],
  }),
  uses_requests: key(
    textMap("a mapping of endpoints to methods").optional(),
    "Endpoints and the methods that handle them, in addition to the executor's own",
    { wrongNames: ["requests"] },
  ),
  needs: key(
    textList("a name", "names").optional(),
    "Deployments whose results the executor receives; gateway is the start of the flow. Results are merged in this order. Default: the deployment before it",
    { property: null, inWith: false, wrongNames: ["depends_on"] },
  ),
  method: key(
    oneOf("add", "needs", "needs_all").default("add"),
    "How Jina added the entry; needs_all needs every deployment that no other needs",
    { property: null, inWith: false },
  ),
  shards: key(
    integer(1, MAX_PROCESSES_PER_DEPLOYMENT).default(1),
    "Number of parts of the data, each with its own processes",
    { scope: "local" },
  ),
  replicas: key(
    integer(1, MAX_PROCESSES_PER_DEPLOYMENT).default(1),
    "Number of copies of each shard, one process per copy",
    {
      scope: "local",
      wrongNames: ["parallel"],
    },
  ),
  polling: key(
    pollingValue().optional(),
    "Shards that receive a request: ANY one, ALL, or the shard of each document (HASH). Only an endpoint's own entry changes /search (ALL), /index and other writes (HASH)",
  ),
  uses_before: key(
    nonEmptyText(USES).optional(),
    "An executor that handles a request before the shards",
    { property: null, isPath: true, scope: "local" },
  ),
  uses_after: key(
    nonEmptyText(`${USES}, or MatchMerger`).optional(),
    "Merges the answers of the shards: MatchMerger ranks their matches, or your own executor. Default: union by document id",
    { property: null, isPath: true, scope: "local" },
  ),
  workspace: key(
    nonEmptyText("a folder").optional(),
    "Folder for the data of the replicas. Default: the flow's",
    { isPath: true, scope: "local" },
  ),
  env: key(
    environment().default({}),
    "Environment variables of the deployment, in addition to the flow's",
    { scope: "local" },
  ),
  timeout_ready: key(duration().prefault(DEFAULT_TIMEOUT_READY), "Time limit of a start", {
    property: "timeoutReadyMs",
    write: writeDuration,
  }),
  timeout_send: key(
    deadline().optional(),
    "Time limit of one call to a replica, before the next replica is tried. Default: the flow's",
    { property: "timeoutSendMs", write: writeDuration, wrongNames: ["timeout"] },
  ),
  durability: key(
    durability().default("request"),
    "When a write is on disk: before it is acknowledged (request), or soon after (async)",
    { write: writeDurability },
  ),
  ...SUPERVISION_KEYS,
  retries: key(
    integer(-1, 1000).default(-1),
    "Further attempts of a failed read, each on the next replica. Default: the gateway's",
    { isQuiet: true },
  ),
  balancing: key(
    oneOf(...BALANCINGS).default("round_robin"),
    "Choice of the replica for a read: by turns (round_robin), the one with the fewest calls (least_in_flight), or the better of two at random (power_of_two)",
    { isQuiet: true },
  ),
  max_in_flight: key(
    integer(1, MAX_CALLS_PER_WORKER).optional(),
    "Number of calls that one replica handles at once; further requests wait. Default: no limit",
  ),
  max_queued: key(
    integer(0, MAX_REQUESTS_IN_FLIGHT).default(DEFAULT_MAX_QUEUED),
    "Number of requests that wait for each shard if max_in_flight is set; further requests fail with RESOURCE_EXHAUSTED (HTTP 429)",
    { isQuiet: true },
  ),
  uses_metas: key(
    openMap("a mapping").optional(),
    "Metas of a Python executor, in addition to its own",
    {
      property: null,
      scope: "python",
      wrongNames: ["metas"],
    },
  ),
  uses_dynamic_batching: key(
    openMap("a mapping of endpoints to `{ preferred_batch_size, timeout, flush_all }`").optional(),
    "Calls an executor without state with the documents of several requests at once, by endpoint: when preferred_batch_size documents wait, or timeout milliseconds after the first",
    { property: "dynamicBatching", scope: "local" },
  ),
  allow_concurrent: key(
    flag().default(false),
    "Lets a Python executor handle several requests at once",
    {
      property: null,
      scope: "python",
    },
  ),
  output_array_type: key(
    nonEmptyText("numpy, list, torch, ...").optional(),
    "Type of the embeddings and tensors that a Python executor returns",
    { property: null, scope: "python" },
  ),
  py_modules: key(textList("a file", "files").default([]), "Python files of a Python executor", {
    isPath: true,
    isQuiet: true,
  }),
  external: key(flag().default(false), "The deployment already runs elsewhere, at host and port", {
    inWith: false,
    isQuiet: true,
  }),
  host: key(textList("a host", "hosts").default([]), "Hosts of an external deployment", {
    scope: "external",
    wrongNames: ["host_in"],
  }),
  tls: key(flag().default(false), "Calls an external deployment over TLS", { scope: "external" }),
  grpc_metadata: key(
    textMap("a mapping of names to text").default({}),
    "Metadata of each call to an external deployment",
    { scope: "external" },
  ),
  port: key(
    oneOrMore(integer(1, 65_535), "a port", "ports").default([]),
    "Ports of an external deployment, or one port for each process of a local one. Default: free ports",
    { isQuiet: true, wrongNames: ["ports"] },
  ),
  when: key(
    openMap("a condition").optional(),
    "Condition on documents: the executor receives only documents that match",
  ),
  floating: key(
    flag().default(false),
    "Makes the deployment a side branch, whose answer is ignored",
    { isQuiet: true },
  ),
  no_reduce: key(
    flag().default(false),
    "Does not merge the results of branches or shards: the executor receives them separately",
    { isQuiet: true },
  ),
  disable_reduce: key(flag().default(false), "Jina's other name of no_reduce", {
    property: null,
  }),
  exit_on_exceptions: key(
    textList("the name of an exception", "names of exceptions").default([]),
    "Exceptions after which a worker exits and is started again",
    { isQuiet: true },
  ),
  stateful: key(
    flag().default(false),
    "Jina's key for replicated state. Executors that declare writes are always replicated, Python executors never",
    { property: null },
  ),
};

/** One entry of `executors` as the file states it, with defaults. */
export type ExecutorValues = Values<typeof EXECUTOR_KEYS>;
