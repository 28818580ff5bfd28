import type { Case, Prepared, Scenario } from "../case.ts";
import { findPorts, startJflow, type Side } from "../side.ts";
import type { Stock } from "../stock.ts";
import { eventually } from "../../rig/rig.ts";
import { makeDocs, makePost, type Posted } from "./asking.ts";
import { executorCases, maskReplica } from "./executors.ts";

const HEAD = "jtype: Flow\nwith: {@listen}\nexecutors:";
/** `@fixed` is the port of the worker. */
const WORKERS = `
  - {name: mine, uses: @Twin, uses_with: {mark: w}@fixed}
  - {name: pair, uses: @Twin, uses_with: {mark: p}, replicas: 2}`;
const SHARDS = `
  - {name: sharded, uses: @Twin, uses_with: {mark: s}, shards: 3, polling: ALL}`;

/** Starts two flows of jflow. Returns the worker ports of one and the gateway port of the other. */
async function hostOurs(stock: Stock): Promise<Prepared> {
  const [mine = 0] = await findPorts(1);
  const flows: Side[] = [];
  const stop = async (): Promise<void> => {
    for (const flow of flows) await flow[Symbol.asyncDispose]();
  };
  try {
    const workersAtPort = WORKERS.replace("@fixed", `, port: ${mine}`);
    for (const executors of [workersAtPort, SHARDS])
      flows.push(await startJflow(stock, HEAD + executors, "v1"));
    const [workers, shards] = flows;
    const portOf = async (address: string): Promise<number> =>
      (await workers!.rig!.replica(address)).port!;
    const [left, right] = await Promise.all(["pair/0/0", "pair/0/1"].map(portOf));
    return {
      values: { mine, left: left!, right: right!, gateway: shards!.ports.grpc },
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Counts the requests, of eight, that each of two replicas answers. */
const BALANCED: Case = {
  name: "two replicas, external by lists of host and port: requests alternate",
  ask: async (side) => {
    const options = { target_executor: "pair", request_size: 1 };
    const { responses } = (await side.ask(makePost("/pid", makeDocs(8), { options }))) as Posted;
    const counts = new Map<number, number>();
    for (const { docs } of responses) {
      const { pid } = docs[0]!["tags"] as { pid: number };
      counts.set(pid, (counts.get(pid) ?? 0) + 1);
    }
    return [...counts.values()];
  },
  expect: (counts: readonly number[]) => counts.join() === "4,4",
};

/**
 * A worker ends itself in a request. The next request is answered once the worker is back on its
 * port.
 */
const REVIVED: Case = {
  name: "a worker that died is reached again",
  ask: async (side) => {
    const options = { target_executor: "mine" };
    await side.ask(makePost("/die", makeDocs(1), { options }), 1000);
    return eventually("it answers again", async () => {
      const { responses } = (await side.ask(
        makePost("/mark", makeDocs(1), { options }),
        3000,
      )) as Partial<Posted>;
      return responses?.map(({ docs, status }) => ({ docs, status }));
    });
  },
  expect: ([answer]: Posted["responses"]) => answer?.docs[0]?.["text"] === "text 0|w",
};

/**
 * Jina's gateway keeps only the status of a failed answer of an external flow. `_shards` is lost,
 * and no route is marked.
 */
function keepStatus(one: Case): Case {
  const tell = async (side: Side): Promise<unknown> => {
    const { responses } = (await one.ask(side)) as Posted;
    return { responses: responses.map(({ docs, status }) => ({ docs, status })) };
  };
  return { ...one, ask: tell };
}

const renamed = (prefix: string, cases: readonly Case[]): readonly Case[] =>
  cases.map((one) => ({ ...one, name: `${prefix}: ${one.name}` }));

export const OUR_WORKER_SCENARIO: Scenario = {
  name: "our workers behind Jina's gateway",
  prepare: hostOurs,
  flow: `${HEAD}
  - {name: mine, external: true, host: 127.0.0.1, port: @mine}
  - {name: pair, external: true, host: [127.0.0.1, 127.0.0.1], port: [@left, @right]}
  - {name: sharded, external: true, host: 127.0.0.1, port: @gateway}
`,
  jflowFlow: HEAD + WORKERS.replace("@fixed", "") + SHARDS,
  cases: [
    ...executorCases({ target_executor: "mine" }),
    ...renamed("a pair", executorCases({ target_executor: "pair" }).map(maskReplica)),
    BALANCED,
    ...renamed(
      "our flow with shards, called external",
      executorCases({ target_executor: "sharded" }).map((one) =>
        one.name === "throws" ? keepStatus(one) : one,
      ),
    ),
    {
      name: "is_flow_ready",
      ask: async (side) => side.ask({ op: "ready" }),
      expect: ({ ready }: { ready: boolean }) => ready,
    },
    REVIVED,
  ],
};
