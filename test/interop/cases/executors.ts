import type { Case, Prepared, Scenario } from "../case.ts";
import { findPorts, type Side } from "../side.ts";
import type { Lasting, Stock } from "../stock.ts";
import { isAlive, eventually } from "../../rig/rig.ts";
import { by, makeDocs, makePost, postCase, type Doc, type Posted } from "./asking.ts";
import { BATCH_CASES } from "./batching.ts";

const CARRIED: readonly Doc[] = [
  {
    id: "tags",
    text: "t",
    tags: { k: 1, deep: { x: [true] } },
    scores: { cosine: 0.5 },
    matches: [{ id: "m" }],
  },
  { id: "vector", embedding: { values: [0.5, 1.5], dtype: "<f8" } },
  {
    id: "sparse",
    embedding: { sparse: "csr", columns: [3, 9], values: [1, 2], dimensions: 100_000 },
  },
];

/** The cases of every executor, of jflow and of Jina. `options` select the deployment. */
export function executorCases(options: Doc = {}): readonly Case[] {
  const ask = (
    name: string,
    endpoint: string,
    docs: readonly Doc[] | undefined,
    more: Doc = {},
  ): Case => postCase(name, makePost(endpoint, docs, { options, ...more }));
  return [
    ask("changes documents", "/mark", makeDocs(5)),
    ask("documents of every kind", "/echo", CARRIED),
    ask("250 documents in requests of 20", "/mark", makeDocs(250), {
      options: { ...options, request_size: 20 },
    }),
    ask("parameters and __results__", "/results", makeDocs(2), {
      parameters: { a: 1, b: { c: [true] } },
    }),
    ask("new documents", "/replace", makeDocs(2)),
    ask("no documents", "/none", makeDocs(2)),
    ask("without documents", "/results", undefined),
    ask("matches", "/match", makeDocs(2)),
    ask("an endpoint that is not bound", "/nobody", makeDocs(1)),
    postCase(
      "throws",
      makePost("/fail", [{ id: "a", text: "fail" }], {
        options: { ...options, continue_on_error: true },
      }),
      {
        expect: ({ responses }: Posted) => responses[0]?.status.code === 1,
      },
    ),
  ];
}

const acceptRoutes: Partial<Case> = {
  deliberate: {
    reason: "external-routes",
    expect: ({ responses }: Posted) =>
      responses[0]?.routes.filter(({ executor }) => executor === "gateway").length === 1,
  },
};

/** The failure of a shard is reported in `_shards`. */
const acceptReports: Partial<Case> = {
  deliberate: {
    reason: "failed-shard",
    expect: ({ responses }: Posted) => responses[0]?.status.code === 1,
  },
};

/** Serves an executor of Jina on each of these ports, outside of any flow. */
async function hostExecutors(
  stock: Stock,
  uses: string,
  names: readonly string[],
): Promise<Prepared> {
  const ports = await findPorts(names.length);
  const hosted: Lasting[] = await Promise.all(
    names.map(async (name, i) => {
      const gateway = name.endsWith("flow");
      return stock.begin({
        op: "host",
        uses,
        name,
        port: ports[i],
        with: { mark: "ext" },
        gateway,
      });
    }),
  );
  return {
    values: Object.fromEntries(names.map((name, i) => [name, ports[i]!])),
    [Symbol.asyncDispose]: async () => {
      for (const one of hosted) await one.stop();
    },
  };
}

export const EXTERNAL_SCENARIO: Scenario = {
  name: "external Python executor",
  prepare: async (stock) =>
    hostExecutors(stock, "Twin", ["hosted_a", "hosted_b", "hosted_c", "hosted_flow"]),
  flow: `jtype: Flow
with: {@listen}
executors:
  - {name: one, external: true, host: 127.0.0.1, port: @hosted_a}
  - {name: set, external: true, host: [127.0.0.1, 127.0.0.1], port: [@hosted_b, @hosted_c], grpc_metadata: {authorization: x}}
  - {name: whole, external: true, host: localhost, port: @hosted_flow}
`,
  cases: [
    ...executorCases({ target_executor: "one" }),
    ...executorCases({ target_executor: "set" }).slice(0, 4),
    ...executorCases({ target_executor: "whole" }).map((one) => ({
      ...one,
      name: `an external flow: ${one.name}`,
      ...acceptRoutes,
    })),
  ].map(maskReplica),
};

/** Hides which of two replicas answers: each gateway chooses by its own rule. */
export function maskReplica(one: Case): Case {
  return {
    ...one,
    ask: async (side) =>
      JSON.parse(
        JSON.stringify(await one.ask(side))
          .replaceAll(/hosted_[bc]/g, "hosted")
          .replaceAll(/\/rep-\d/g, "/rep-N"),
      ) as unknown,
  };
}

export const STARTED_SCENARIO: Scenario = {
  name: "Python executor started by the flow",
  flow: `jtype: Flow
with: {@listen}
executors:
  - {name: file, uses: twin.yml, replicas: 2}
  - {name: sharded, uses: Twin, py_modules: [twins.py], shards: 3, polling: ALL, uses_with: {mark: 010}}
  - name: batched
    uses: Batched
    py_modules: [twins.py]
    uses_dynamic_batching: {/together: {preferred_batch_size: 6, timeout: 1000}}
    output_array_type: list
`,
  cases: [
    ...BATCH_CASES,
    ...executorCases({ target_executor: "file" }).map(maskReplica),
    ...executorCases({ target_executor: "sharded" }).map((one) => ({
      ...one,
      name: `3 shards: ${one.name}`,
      ...(one.name === "throws" ? acceptReports : {}),
    })),
    postCase("both, one after the other", makePost("/mark", makeDocs(3))),
    {
      name: "the process that answers is shown by jflow ps",
      ask: isShown,
      expect: (shown: boolean) => shown,
    },
  ],
};

/** Returns whether `jflow ps` lists the process that answers; stock Jina lists no processes. */
async function isShown(side: Side): Promise<boolean> {
  const job = makePost("/pid", makeDocs(1), { options: { target_executor: "file" } });
  const { responses } = (await side.ask(job)) as Posted;
  const { pid } = responses[0]!.docs[0]!["tags"] as { pid: number };
  const status = await side.rig?.status();
  return status === undefined || status.replicas.some((replica) => replica.pid === pid);
}

/** Asks two replicas for their pids, kills one, and counts the requests that succeed then. */
async function killOne(side: Side): Promise<unknown> {
  const before = (await side.ask(
    makePost("/pid", makeDocs(8), by("grpc stream", { request_size: 1 })),
  )) as Posted;
  const pids = [
    ...new Set(before.responses.map(({ docs }) => (docs[0]!["tags"] as { pid: number }).pid)),
  ];
  process.kill(pids[0]!, "SIGKILL");
  await eventually("the replica is gone", async () => !(await isAlive(pids[0]!)));
  const after = (await side.ask(
    makePost("/mark", makeDocs(8), by("grpc stream", { request_size: 1 })),
  )) as Posted;
  return {
    replicas: pids.length,
    answered: after.responses.filter(({ status }) => status.code === 0).length,
  };
}

export const RETRY_SCENARIO: Scenario = {
  name: "dead replicas",
  flow: `jtype: Flow
with: {@listen}
executors:
  - {name: pair, uses: @Twin, replicas: 2}
`,
  cases: [
    {
      name: "one of two replicas is killed: requests go to the other",
      ask: killOne,
      expect: ({ replicas, answered }: { replicas: number; answered: number }) =>
        replicas === 2 && answered === 8,
    },
    {
      name: "the killed replica comes back",
      ask: async (side) => {
        const count = async (): Promise<number> => {
          const { responses } = (await side.ask(
            makePost("/pid", makeDocs(8), by("grpc stream", { request_size: 1 })),
          )) as Posted;
          return new Set(responses.map(({ docs }) => (docs[0]!["tags"] as { pid: number }).pid))
            .size;
        };
        return eventually("two replicas answer", async () => (await count()) === 2, 6000).then(
          () => ({ replicas: 2 }),
          () => ({ replicas: 1 }),
        );
      },
      deliberate: {
        reason: "restart",
        expect: ({ replicas }: { replicas: number }) => replicas === 2,
      },
    },
  ],
};
