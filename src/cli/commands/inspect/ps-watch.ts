import type { FlowState } from "../../../model/control/flow-state.ts";
import { watchFlow } from "../../flows/watch-flow.ts";
import { print, printNotice, type CommandContext } from "../../terminal/context.ts";
import { LiveLines } from "../../terminal/live-screen.ts";
import type { PsView } from "./ps-view.ts";

/** How `jflow ps --watch` shows a flow. */
export interface PsWatchOptions {
  readonly output: "table" | "wide" | "json" | "name";
  readonly socket: string;
  readonly viewOf: (state: FlowState) => PsView;
  /** The lines of a terminal with this width. */
  readonly render: (view: PsView, width: number) => readonly string[];
}

/**
 * Shows a flow until it stops or Ctrl-C (exit 130). Redraws on a terminal. In a pipe, prints the
 * rows that changed. Throws the errors of the view.
 */
export async function watchReplicas(
  context: CommandContext,
  { output, socket, viewOf, render }: PsWatchOptions,
): Promise<number> {
  const { stdout } = context.terminal;
  const isDrawn = stdout.isTTY && (output === "table" || output === "wide");
  const screen = new LiveLines(stdout);
  const changes = new ChangedRows(context, output);
  return watchFlow(context, socket, {
    events: ["state"],
    onEvent(event) {
      if (event.type !== "state") return;
      const view = viewOf(event.state);
      if (isDrawn) screen.draw(render(view, stdout.columns || 80));
      else changes.print(view);
    },
  });
}

/** Prints the rows that changed since the last time. */
class ChangedRows {
  readonly #context: CommandContext;
  readonly #output: PsWatchOptions["output"];
  #last: ReadonlyMap<string, string> | undefined;

  constructor(context: CommandContext, output: PsWatchOptions["output"]) {
    this.#context = context;
    this.#output = output;
  }

  print(view: PsView): void {
    const before = this.#last;
    this.#last = new Map(view.rows.map(({ name, fingerprint }) => [name, fingerprint]));
    const changed = view.rows.map(({ name, fingerprint }) => before?.get(name) !== fingerprint);
    const removed = [...(before?.keys() ?? [])].filter((name) => !this.#last!.has(name));
    if (!changed.includes(true) && removed.length === 0) return;
    if (this.#output === "json") print(this.#context, JSON.stringify(view.document));
    else this.#printLines(view, changed, before === undefined);
    for (const name of removed) printNotice(this.#context, `${name} was removed`);
  }

  #printLines(view: PsView, changed: readonly boolean[], isFirst: boolean): void {
    const [header, ...lines] = view.lines(undefined);
    if (isFirst && this.#output !== "name") print(this.#context, header!);
    for (const [index, { name }] of view.rows.entries())
      if (changed[index]) print(this.#context, this.#output === "name" ? name : lines[index]!);
  }
}
