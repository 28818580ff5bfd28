import { Chalk } from "chalk";
import { isWithin, parseAddress } from "../../../model/address.ts";
import { askSupervisor } from "../../flows/ask-supervisor.ts";
import { rowsWithin } from "../../flows/rows-within.ts";
import { requireRunningFlow, type FlowOptions } from "../../flows/running-flows.ts";
import { print, type CommandContext } from "../../terminal/context.ts";
import { nameCommands } from "../../terminal/command-name.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { describeTarget, type DescribedTarget } from "./describe-target.ts";
import { EventLines } from "./event-lines.ts";

interface DescribeOptions extends FlowOptions {
  readonly output: "text" | "json";
}

/**
 * `jflow describe <address>`: shows everything about a replica, a shard or an executor: state,
 * role, process, resources, traffic, last exit, events and what to do. Throws `NOT_FOUND`.
 */
export async function describe(
  context: CommandContext,
  options: DescribeOptions,
  address: string,
): Promise<number> {
  const target = await readTarget(context, options, address);
  if (options.output === "json") {
    print(context, JSON.stringify(toJson(target, address)));
    return EXIT.ok;
  }
  const lines = new EventLines(new Chalk({ level: context.color.stdout ? 1 : 0 }));
  for (const line of describeTarget(target, lines))
    print(context, nameCommands(line, context.name));
  return EXIT.ok;
}

async function readTarget(
  context: CommandContext,
  options: FlowOptions,
  text: string,
): Promise<DescribedTarget> {
  const address = parseAddress(text);
  const { socket } = await requireRunningFlow(context.terminal, options);
  const [{ state }, { events }] = await Promise.all([
    askSupervisor(socket, { ask: "state" }, "state"),
    askSupervisor(socket, { ask: "events" }, "events"),
  ]);
  const replicas = rowsWithin(state.replicas, text);
  const isExternal = replicas.every(({ external }) => external);
  const explanation = isExternal
    ? []
    : (await askSupervisor(socket, { ask: "explain", address: text }, "lines")).lines;
  return {
    state,
    address,
    replicas,
    explanation,
    events: events.filter(({ subject }) => isWithin(parseAddress(subject), address)),
  };
}

function toJson({ state, address, ...rest }: DescribedTarget, text: string): object {
  const { deployment, shard } = address;
  return {
    schema: "jflow.describe/v1",
    address: text,
    deployment: state.deployments.find(({ name }) => name === deployment) ?? null,
    shards: state.shards.filter(
      (each) => each.executor === deployment && (shard === undefined || each.shard === shard),
    ),
    copies: state.copies.filter((copy) => isWithin(parseAddress(copy.address), address)),
    ...rest,
  };
}
