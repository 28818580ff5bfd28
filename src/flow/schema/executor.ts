import { z } from "zod";
import type { Durability } from "../../model/replica.ts";
import type { RestartPolicy, StatedPolling } from "../types.ts";
import {
  anyMap,
  closedMap,
  environment,
  filledText,
  oneOf,
  oneOrMore,
  textMap,
  texts,
  truth,
  whole,
} from "./leaves.ts";
import { duration, durability } from "./measures.ts";
import { pollingValue } from "./polling-value.ts";
import type { Shape } from "./read-keys.ts";
import { inWords } from "./words.ts";

/** More shards or replicas of one deployment are a slip of the finger. */
export const COUNT_MAX = 1024;

/** How long a start may take: Jina's ten minutes. */
const TIMEOUT_READY = "10m";

/**
 * One entry of `executors` as the file states it: defaults filled where they depend on nothing
 * else.
 */
export interface ExecutorValues {
  readonly name?: string | undefined;
  readonly uses?: string | Readonly<Record<string, unknown>> | undefined;
  readonly uses_with: Readonly<Record<string, unknown>>;
  readonly uses_requests?: Readonly<Record<string, string>> | undefined;
  readonly needs?: readonly string[] | undefined;
  readonly method: "add" | "needs" | "needs_all";
  readonly replicas: number;
  readonly shards: number;
  readonly polling?: StatedPolling | undefined;
  readonly uses_before?: string | undefined;
  readonly uses_after?: string | undefined;
  readonly workspace?: string | undefined;
  readonly durability: Durability;
  readonly env: Readonly<Record<string, string>>;
  readonly timeout_ready: number;
  readonly timeout_send?: number | undefined;
  readonly restart?: RestartPolicy | undefined;
  readonly retries: number;
  readonly py_modules: readonly string[];
  readonly external: boolean;
  readonly host: readonly string[];
  readonly port: readonly number[];
  readonly tls: boolean;
  readonly grpc_metadata: Readonly<Record<string, string>>;
  readonly when?: Readonly<Record<string, unknown>> | undefined;
  readonly floating: boolean;
  readonly no_reduce: boolean;
  readonly disable_reduce: boolean;
  readonly exit_on_exceptions: readonly string[];
  readonly uses_metas?: Readonly<Record<string, unknown>> | undefined;
  readonly uses_dynamic_batching?: Readonly<Record<string, unknown>> | undefined;
  readonly allow_concurrent: boolean;
  readonly output_array_type?: string | undefined;
  readonly stateful: boolean;
}

const USES = "a file (./x.ts, ./x.ts#Name), a package or a built-in";

const uses = z.union([filledText(USES), anyMap("a mapping")], { error: `expected ${USES}` });

const restart = closedMap(
  { max_restarts: whole(0, 1_000_000) },
  "expected a mapping with max_restarts",
).transform((value) => ({
  maxRestarts: value.max_restarts,
}));

const shape = {
  name: filledText("a name")
    .optional()
    .describe(
      "Its name: letters, digits and _, no digit first. Default: executor0, executor1, ...",
    ),
  uses: inWords(USES, uses)
    .optional()
    .describe(
      "What it runs: ./file.ts, ./file.ts#Export, a package, a built-in (HNSWIndexer, TfidfEncoder, BaseExecutor), or a stock Python executor (config.yml, ./file.py, ./file.py#Class, a class of py_modules; JFLOW_PYTHON says which Python). Default: BaseExecutor, which does nothing",
    ),
  uses_with: anyMap("a mapping of options").default({}).describe("The executor's config"),
  uses_requests: textMap("a mapping of endpoints to methods")
    .optional()
    .describe("Endpoints and the methods that answer them, laid over the executor's own"),
  needs: texts("a name")
    .optional()
    .describe(
      "The deployments whose results it gets; gateway is the start. Joins merge in this order. Default: the one before it",
    ),
  method: oneOf("add", "needs", "needs_all")
    .default("add")
    .describe("Jina's word for how the entry was added; needs_all joins all loose ends"),
  replicas: whole(1, COUNT_MAX).default(1).describe("Copies of each shard, each a process"),
  shards: whole(1, COUNT_MAX).default(1).describe("Parts of its data"),
  polling: pollingValue()
    .optional()
    .describe(
      "Which shards a request asks. Only an endpoint's own entry changes /search (ALL), /index and other writes (HASH)",
    ),
  uses_before: filledText(USES)
    .optional()
    .describe("An executor that sees a request before it goes to the shards"),
  uses_after: filledText(`${USES}, or MatchMerger`)
    .optional()
    .describe(
      "Makes one answer of the shards': MatchMerger ranks their matches, or an executor of yours. Default: union by document id",
    ),
  workspace: filledText("a folder")
    .optional()
    .describe("Where its replicas keep their data. Default: the flow's"),
  durability: durability()
    .default("request")
    .describe("When a write is on disk: before it is acknowledged, or soon after"),
  env: environment().default({}).describe("Its environment, laid over the flow's"),
  timeout_ready: duration().prefault(TIMEOUT_READY).describe("How long a start may take"),
  timeout_send: duration()
    .optional()
    .describe(
      "How long one call to a replica may take before the next is tried. Default: the flow's",
    ),
  restart: inWords("`{ max_restarts: 10 }`", restart)
    .optional()
    .describe("After so many restarts a replica stays down. Default: without end"),
  retries: whole(-1, 1000)
    .default(-1)
    .describe(
      "Further tries of a read that failed, each on the next replica. Default: the gateway's",
    ),
  py_modules: texts("a file").default([]).describe("Python files of a Python executor"),
  external: truth().default(false).describe("It runs elsewhere, at host and port"),
  host: texts("a host").default([]).describe("Where an external one runs"),
  port: oneOrMore(whole(1, 65_535), "a port")
    .default([])
    .describe(
      "Where an external one listens; for one of ours a port for each of its processes. Default: free ones",
    ),
  tls: truth().default(false).describe("An external one is called over TLS"),
  grpc_metadata: textMap("a mapping of names to text")
    .default({})
    .describe("Metadata of each call to an external one"),
  when: anyMap("a condition")
    .optional()
    .describe("Only documents that meet this condition are sent to it"),
  floating: truth().default(false).describe("A side branch: its answer is ignored"),
  no_reduce: truth()
    .default(false)
    .describe("Results of branches or shards are not merged: it gets them one by one"),
  disable_reduce: truth().default(false).describe("Jina's other word for no_reduce"),
  exit_on_exceptions: texts("the name of an exception")
    .default([])
    .describe("After these exceptions a worker ends and is started again"),
  uses_metas: anyMap("a mapping")
    .optional()
    .describe("Metas of a Python executor, laid over its own"),
  uses_dynamic_batching: anyMap("a mapping")
    .optional()
    .describe("Requests that a Python executor collects into one, per endpoint"),
  allow_concurrent: truth()
    .default(false)
    .describe("A Python executor gets several requests at once"),
  output_array_type: filledText("numpy, list, torch, ...")
    .optional()
    .describe("What a Python executor makes of the embeddings and tensors it answers with"),
  stateful: truth()
    .default(false)
    .describe(
      "Jina's word for replicas that hold the same: those of executors with writes do; those of Python cannot",
    ),
};

/** The keys of one entry of `executors`, each with its schema. */
export const executorShape: Shape = shape;

/** One entry of `executors` whose keys are right, with defaults. */
export const executorValues: z.ZodType<ExecutorValues> = z.object(shape);
