import { z } from "zod";
import { key, type Values } from "./key.ts";
import {
  openMap,
  closedMap,
  environment,
  nonEmptyText,
  oneOf,
  oneOrMore,
  textMap,
  textList,
  flag,
  integer,
} from "./value-kinds.ts";
import { deadline, duration, durability, writeDurability } from "./measures.ts";
import { pollingValue } from "./polling-value.ts";
import { withLabel } from "./annotations.ts";
import { MAX_PROCESSES_PER_DEPLOYMENT } from "../../util/limits/flow-file.ts";

/** How long a start may take: Jina's ten minutes. */
const DEFAULT_TIMEOUT_READY = "10m";

const USES = "a file (./x.ts, ./x.ts#Name), a package or a built-in";

const uses = z.union([nonEmptyText(USES), openMap("a mapping")], { error: `expected ${USES}` });

/** How often a deployment's child may die after it was ready before its replica is `failed`. */
export interface RestartPolicy {
  readonly maxRestarts: number;
}

const restart = closedMap(
  { max_restarts: integer(0, 1_000_000) },
  "expected a mapping with the key max_restarts",
).transform((value): RestartPolicy => ({ maxRestarts: value.max_restarts }));

/** The keys of one entry of `executors`. */
export const EXECUTOR_KEYS = {
  name: key(
    nonEmptyText("a name").optional(),
    "Its name: letters, digits and _, no digit first. Default: executor0, executor1, ...",
    { property: null },
  ),
  uses: key(
    withLabel(USES, uses).optional(),
    "What it runs: ./file.ts, ./file.ts#Export, a package, a built-in (HNSWIndexer, TfidfEncoder, BaseExecutor), or a stock Python executor (config.yml, ./file.py, ./file.py#Class, a class of py_modules; JFLOW_PYTHON says which Python). Default: BaseExecutor, which does nothing",
    { property: null, isPath: true, wrongNames: ["command"] },
  ),
  uses_with: key(openMap("a mapping of options").default({}), "The executor's config", {
    scope: "local",
    wrongNames: ["with"],
  }),
  uses_requests: key(
    textMap("a mapping of endpoints to methods").optional(),
    "Endpoints and the methods that answer them, laid over the executor's own",
    { wrongNames: ["requests"] },
  ),
  needs: key(
    textList("a name", "names").optional(),
    "The deployments whose results it gets; gateway is the start. Joins merge in this order. Default: the one before it",
    { property: null, inWith: false, wrongNames: ["depends_on"] },
  ),
  method: key(
    oneOf("add", "needs", "needs_all").default("add"),
    "Jina's word for how the entry was added; needs_all joins all loose ends",
    { property: null, inWith: false },
  ),
  shards: key(integer(1, MAX_PROCESSES_PER_DEPLOYMENT).default(1), "Parts of its data", {
    scope: "local",
  }),
  replicas: key(
    integer(1, MAX_PROCESSES_PER_DEPLOYMENT).default(1),
    "Copies of each shard, each a process",
    {
      scope: "local",
      wrongNames: ["parallel"],
    },
  ),
  polling: key(
    pollingValue().optional(),
    "Which shards a request asks. Only an endpoint's own entry changes /search (ALL), /index and other writes (HASH)",
  ),
  uses_before: key(
    nonEmptyText(USES).optional(),
    "An executor that sees a request before it goes to the shards",
    { property: null, isPath: true, scope: "local" },
  ),
  uses_after: key(
    nonEmptyText(`${USES}, or MatchMerger`).optional(),
    "Makes one answer of the shards': MatchMerger ranks their matches, or an executor of yours. Default: union by document id",
    { property: null, isPath: true, scope: "local" },
  ),
  workspace: key(
    nonEmptyText("a folder").optional(),
    "Where its replicas keep their data. Default: the flow's",
    { isPath: true, scope: "local" },
  ),
  env: key(environment().default({}), "Its environment, laid over the flow's", { scope: "local" }),
  timeout_ready: key(duration().prefault(DEFAULT_TIMEOUT_READY), "How long a start may take", {
    property: "timeoutReadyMs",
  }),
  timeout_send: key(
    deadline().optional(),
    "How long one call to a replica may take before the next is tried. Default: the flow's",
    { property: "timeoutSendMs", wrongNames: ["timeout"] },
  ),
  durability: key(
    durability().default("request"),
    "When a write is on disk: before it is acknowledged, or soon after",
    { write: writeDurability },
  ),
  restart: key(
    withLabel("`{ max_restarts: 10 }`", restart).optional(),
    "After so many restarts a replica stays down. Default: without end",
    { write: ({ maxRestarts }: RestartPolicy) => ({ max_restarts: maxRestarts }) },
  ),
  retries: key(
    integer(-1, 1000).default(-1),
    "Further tries of a read that failed, each on the next replica. Default: the gateway's",
    { isQuiet: true },
  ),
  uses_metas: key(
    openMap("a mapping").optional(),
    "Metas of a Python executor, laid over its own",
    {
      property: null,
      scope: "python",
      wrongNames: ["metas"],
    },
  ),
  uses_dynamic_batching: key(
    openMap("a mapping").optional(),
    "Requests that a Python executor collects into one, per endpoint",
    { property: null, scope: "python" },
  ),
  allow_concurrent: key(flag().default(false), "A Python executor gets several requests at once", {
    property: null,
    scope: "python",
  }),
  output_array_type: key(
    nonEmptyText("numpy, list, torch, ...").optional(),
    "What a Python executor makes of the embeddings and tensors it answers with",
    { property: null, scope: "python" },
  ),
  py_modules: key(textList("a file", "files").default([]), "Python files of a Python executor", {
    isPath: true,
    isQuiet: true,
  }),
  external: key(flag().default(false), "It runs elsewhere, at host and port", {
    inWith: false,
    isQuiet: true,
  }),
  host: key(textList("a host", "hosts").default([]), "Where an external one runs", {
    scope: "external",
    wrongNames: ["host_in"],
  }),
  tls: key(flag().default(false), "An external one is called over TLS", { scope: "external" }),
  grpc_metadata: key(
    textMap("a mapping of names to text").default({}),
    "Metadata of each call to an external one",
    { scope: "external" },
  ),
  port: key(
    oneOrMore(integer(1, 65_535), "a port", "ports").default([]),
    "Where an external one listens; for one of ours a port for each of its processes. Default: free ones",
    { isQuiet: true, wrongNames: ["ports"] },
  ),
  when: key(
    openMap("a condition").optional(),
    "Only documents that meet this condition are sent to it",
  ),
  floating: key(flag().default(false), "A side branch: its answer is ignored", { isQuiet: true }),
  no_reduce: key(
    flag().default(false),
    "Results of branches or shards are not merged: it gets them one by one",
    { isQuiet: true },
  ),
  disable_reduce: key(flag().default(false), "Jina's other word for no_reduce", {
    property: null,
  }),
  exit_on_exceptions: key(
    textList("the name of an exception", "names of exceptions").default([]),
    "After these exceptions a worker ends and is started again",
    { isQuiet: true },
  ),
  stateful: key(
    flag().default(false),
    "Jina's word for replicas that hold the same: those of executors with writes do; those of Python cannot",
    { property: null },
  ),
};

/** One entry of `executors` as the file states it, defaults filled. */
export type ExecutorValues = Values<typeof EXECUTOR_KEYS>;
