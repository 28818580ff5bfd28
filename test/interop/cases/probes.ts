import type { Case, Prepared } from "../case.ts";
import { findPorts, type Side } from "../side.ts";

/** The ports of the executor `first` of each flow. */
export async function findExecutorPorts(): Promise<Prepared> {
  const [jina = 0, jflow = 0] = await findPorts(2);
  return { values: { jina, jflow }, [Symbol.asyncDispose]: () => Promise.resolve() };
}

function executorPortOf({ kind, values }: Side): number {
  return Number(values![kind]);
}

type Exits = Readonly<Record<string, number>>;

/**
 * Runs `jina ping` for everything that Kubernetes probes, concurrently: each one takes a second.
 */
async function pingAll(
  side: Side,
  targets: Readonly<Record<string, readonly [string, string]>>,
): Promise<Exits> {
  const pings = Object.entries(targets).map(async ([name, [target, host]]) => {
    const { exit } = (await side.ask({ op: "ping", target, host })) as { exit: number };
    return [name, exit] as const;
  });
  return Object.fromEntries(await Promise.all(pings));
}

const WATCHED = ["", "jina.JinaRPC", "jina.JinaSingleDataRequestRPC"] as const;

/** The cases of flows with an executor `first` on a port of `findExecutorPorts`. */
export const PROBE_CASES: readonly Case[] = [
  {
    name: "jina ping of gateway, executor and flow: exit 0",
    ask: async (side) => {
      const { grpc, http } = side.ports;
      return pingAll(side, {
        gateway: ["gateway", `grpc://127.0.0.1:${grpc}`],
        httpGateway: ["gateway", `http://127.0.0.1:${http}`],
        executor: ["executor", `127.0.0.1:${executorPortOf(side)}`],
        flow: ["flow", `grpc://127.0.0.1:${grpc}`],
        httpFlow: ["flow", `http://127.0.0.1:${http}`],
        websocketFlow: ["flow", `ws://127.0.0.1:${side.ports.websocket}`],
      });
    },
    expect: (exits: Exits) => Object.values(exits).every((exit) => exit === 0),
  },
  {
    name: "jina ping of a port without a listener: exit 1",
    ask: async (side) => {
      const [dead = 0] = await findPorts(1);
      return pingAll(side, {
        gateway: ["gateway", `grpc://127.0.0.1:${dead}`],
        executor: ["executor", `127.0.0.1:${dead}`],
        flow: ["flow", `grpc://127.0.0.1:${dead}`],
      });
    },
    expect: (exits: Exits) => Object.values(exits).every((exit) => exit === 1),
  },
  {
    name: "health: a watch reports SERVING once while the flow is healthy",
    ask: async (side) => {
      const watch = async (service: string, port?: number): Promise<unknown> =>
        side.ask({ op: "watch", service, ...(port === undefined ? {} : { at: port }) });
      return Promise.all([
        ...WATCHED.map(async (name) => watch(name)),
        watch("", executorPortOf(side)),
      ]);
    },
    expect: (watches: readonly { said: readonly string[] }[]) =>
      watches.every(({ said }) => said.length === 1 && said[0] === "SERVING"),
  },
  {
    name: "health: a watch of an unknown service reports SERVICE_UNKNOWN",
    ask: async (side) => side.ask({ op: "watch", service: "no.Such" }),
    expect: ({ said }: { said: readonly string[] }) => said.join() === "SERVICE_UNKNOWN",
  },
];
