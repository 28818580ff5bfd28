import { Chalk } from "chalk";
import { isWithin, parseAddress } from "../../../model/address.ts";
import type { JournalEvent } from "../../../model/control/events.ts";
import { askSupervisor } from "../../flows/ask-supervisor.ts";
import { rowsWithin } from "../../flows/rows-within.ts";
import { requireRunningFlow, type FlowOptions } from "../../flows/running-flows.ts";
import { watchFlow } from "../../flows/watch-flow.ts";
import { print, printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { EventLines } from "./event-lines.ts";

interface EventsOptions extends FlowOptions {
  readonly follow?: boolean;
  readonly tail?: number;
  readonly since?: Date;
  readonly output: "table" | "json";
}

/**
 * `jflow events [address]`: lists the last events of a flow. With `--follow`, waits for new ones
 * until the flow stops or Ctrl-C (exit 130). Throws `NOT_FOUND` if the flow has no such address.
 */
export async function events(
  context: CommandContext,
  options: EventsOptions,
  address?: string,
): Promise<number> {
  const { socket } = await requireRunningFlow(context.terminal, options);
  const { events: all } = await askSupervisor(socket, { ask: "events" }, "events");
  const isWanted = filterOf(options, address);
  if (address !== undefined && !all.some(isWanted)) await checkAddress(socket, address);
  const past = takeLast(all.filter(isWanted), options.tail);
  const write = openWriter(context, options, past);
  if (options.follow !== true) return EXIT.ok;
  let lastId = all.at(-1)?.id ?? 0;
  return watchFlow(context, socket, {
    events: ["event"],
    onEvent(event) {
      // A new watcher receives the past events again.
      if (event.type !== "event" || event.event.id <= lastId) return;
      lastId = event.event.id;
      if (isWanted(event.event)) write(event.event);
    },
  });
}

/** Writes the past events. Returns what writes the later ones: as JSON, one on each line. */
function openWriter(
  context: CommandContext,
  { output, follow }: EventsOptions,
  past: readonly JournalEvent[],
): (event: JournalEvent) => void {
  const isJson = output === "json";
  if (isJson && follow !== true) {
    print(context, JSON.stringify({ schema: "jflow.events/v1", events: past }));
    return () => undefined;
  }
  const lines = new EventLines(new Chalk({ level: context.color.stdout ? 1 : 0 }));
  lines.widen(past);
  const write = (event: JournalEvent): void =>
    print(context, isJson ? JSON.stringify(event) : lines.format(event));
  if (!isJson && (past.length > 0 || follow === true)) print(context, lines.header());
  for (const event of past) write(event);
  if (past.length === 0 && follow !== true) printNotice(context, "no events");
  return write;
}

function filterOf(
  { since }: EventsOptions,
  address: string | undefined,
): (event: JournalEvent) => boolean {
  const wanted = address === undefined ? undefined : parseAddress(address);
  return ({ at, subject }) =>
    (since === undefined || new Date(at) >= since) &&
    (wanted === undefined || isWithin(parseAddress(subject), wanted));
}

function takeLast(
  all: readonly JournalEvent[],
  count: number | undefined,
): readonly JournalEvent[] {
  return count === undefined ? all : all.slice(Math.max(0, all.length - count));
}

/** Throws `NOT_FOUND` that lists the names, if the flow has no such address. */
async function checkAddress(socket: string, address: string): Promise<void> {
  const { status } = await askSupervisor(socket, { ask: "status" }, "status");
  rowsWithin(status.replicas, address);
}
