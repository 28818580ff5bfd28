import { Chalk } from "chalk";
import type { FlowState } from "../../../model/control/flow-state.ts";
import { askSupervisor } from "../../flows/ask-supervisor.ts";
import { rowsWithin } from "../../flows/rows-within.ts";
import { requireRunningFlow, type FlowOptions } from "../../flows/running-flows.ts";
import { watchFlow } from "../../flows/watch-flow.ts";
import { print, type CommandContext } from "../../terminal/context.ts";
import { cutText } from "../../terminal/display-text.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { FullScreen } from "../../terminal/live-screen.ts";
import { KEYS, renderTop, SORT_LETTERS, type SortKey } from "./top-screen.ts";

interface TopCommandOptions extends FlowOptions {
  readonly sort: SortKey;
}

const CTRL_C = "\u0003";

/**
 * `jflow top [address]`: shows the replicas with the most CPU, memory or traffic, until `q` (exit
 * 0) or Ctrl-C (exit 130). In a pipe, prints them once. Throws `NOT_FOUND` if the flow has no such
 * address.
 */
export async function top(
  context: CommandContext,
  options: TopCommandOptions,
  address?: string,
): Promise<number> {
  const { stdout } = context.terminal;
  const { socket } = await requireRunningFlow(context.terminal, options);
  const { state } = await askSupervisor(socket, { ask: "state" }, "state");
  rowsWithin(state.replicas, address);
  const paint = new Chalk({ level: context.color.stdout ? 1 : 0 });
  if (stdout.isTTY) return watchTop(context, { socket, address, paint, key: options.sort });
  const lines = renderTop(state, { key: options.sort, address, width: undefined, paint });
  for (const line of lines) print(context, line);
  return EXIT.ok;
}

interface LiveTop {
  readonly socket: string;
  readonly address: string | undefined;
  readonly paint: InstanceType<typeof Chalk>;
  readonly key: SortKey;
}

async function watchTop(
  context: CommandContext,
  { socket, address, paint, key: firstKey }: LiveTop,
): Promise<number> {
  const { stdin, stdout } = context.terminal;
  let key = firstKey;
  let last: FlowState | undefined;
  const screen = new FullScreen(stdout);
  const draw = (): void => {
    if (last === undefined) return;
    const width = stdout.columns || 80;
    screen.draw([...renderTop(last, { key, address, width, paint }), "", cutText(KEYS, width)]);
  };
  const keys = readKeys(stdin, (letter) => {
    key = SORT_LETTERS[letter] ?? key;
    draw();
  });
  stdout.on("resize", draw);
  try {
    return await watchFlow(context, socket, {
      events: ["state"],
      ended: keys.ended,
      onEvent(event) {
        if (event.type !== "state") return;
        last = event.state;
        draw();
      },
    });
  } finally {
    stdout.off("resize", draw);
    keys.close();
    screen.close();
  }
}

/**
 * Calls `onKey` with each key. `ended` resolves with the exit code of `q` or Ctrl-C. Without a
 * terminal as input, Ctrl-C is a signal.
 */
function readKeys(
  stdin: NodeJS.ReadStream,
  onKey: (letter: string) => void,
): { readonly ended: Promise<number>; close(): void } {
  if (!stdin.isTTY) return { ended: new Promise(() => undefined), close: () => undefined };
  stdin.setRawMode(true).resume().setEncoding("utf8");
  let onData: (text: string) => void = () => undefined;
  const ended = new Promise<number>((settle) => {
    onData = (text) => {
      for (const letter of text) {
        if (letter === "q") settle(EXIT.ok);
        else if (letter === CTRL_C) settle(EXIT.interrupted);
        else onKey(letter);
      }
    };
    stdin.on("data", onData);
  });
  return {
    ended,
    close() {
      stdin.off("data", onData).setRawMode(false).pause();
    },
  };
}
