import { performance } from "node:perf_hooks";
import type { FlowEvent } from "../../../model/control.ts";
import { JflowError } from "../../../util/errors.ts";
import { ControlClient } from "../../../wire/control/control-client.ts";
import { openChecklist, type Checklist } from "../../terminal/checklist.ts";
import { tell, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { prefixer } from "../../terminal/output-lines.ts";
import { locateFlowFile, readFlowFile } from "../../flows/read-flow-file.ts";
import { spawnSupervisor } from "../../flows/spawn-supervisor.ts";

interface UpOptions {
  readonly detach?: boolean;
  readonly timeout?: number;
}

/** The events that `up` shows. */
const SHOWN = ["replica", "output", "notice", "ready", "failed", "stopped"] as const;

/** How long draining may take after the first Ctrl-C. */
const DOWN_TIMEOUT_MS = 10_000;

/**
 * `jflow up [flow.yml]`: starts the flow and shows how it comes up. Attached, it then shows the
 * children's output until the flow ends: Ctrl-C drains and stops, a second one kills, a third
 * leaves at once. `-d` returns when the flow is ready. Exit 4 when it does not become ready, or is
 * ready without some shard.
 */
export async function up(
  context: CommandContext,
  options: UpOptions,
  named?: string,
): Promise<number> {
  const file = await locateFlowFile(context, named);
  await readFlowFile(context, file);
  const answer = await spawnSupervisor({
    type: "run",
    file,
    variables: context.terminal.env,
    hold: true,
  });
  if (answer.type !== "listening")
    throw new JflowError("INTERNAL", `the supervisor answered ${answer.type}`);
  const control = new ControlClient(answer.socket);
  try {
    return await follow(context, options, control);
  } finally {
    control.close();
  }
}

async function follow(
  context: CommandContext,
  options: UpOptions,
  control: ControlClient,
): Promise<number> {
  const session = new UpSession(context, options, control);
  const onInterrupt = (): void => session.interrupt(EXIT.interrupted);
  const onTerminate = (): void => session.interrupt(EXIT.terminated);
  process.on("SIGINT", onInterrupt).on("SIGTERM", onTerminate).on("SIGHUP", onTerminate);
  try {
    return await session.run();
  } finally {
    process.off("SIGINT", onInterrupt).off("SIGTERM", onTerminate).off("SIGHUP", onTerminate);
  }
}

/** One attached `up`, from the first event to the exit code. */
class UpSession {
  readonly #context: CommandContext;
  readonly #options: UpOptions;
  readonly #control: ControlClient;
  readonly #checklist: Checklist;
  readonly #prefix: (address: string, line: string) => string;
  #phase: "starting" | "ready" | "stopping" = "starting";
  #interrupts = 0;
  #exitCode: number = EXIT.ok;
  #ended = false;
  #settle: ((code: number) => void) | undefined;

  constructor(context: CommandContext, options: UpOptions, control: ControlClient) {
    this.#context = context;
    this.#options = options;
    this.#control = control;
    this.#checklist = openChecklist(context.terminal.stderr, context.colour.stderr, () =>
      performance.now(),
    );
    this.#prefix = prefixer(context.colour.stdout);
  }

  async run(): Promise<number> {
    const late =
      this.#options.timeout === undefined
        ? undefined
        : setTimeout(() => this.#giveUp(), this.#options.timeout);
    const watch = this.#control.watch({ events: SHOWN, holds: true });
    const code = await new Promise<number>((settle) => {
      this.#settle = settle;
      watch.onMessage((event) => this.#take(event, settle));
      watch.onClosed((error) =>
        settle(
          this.#phase === "stopping" || error === undefined ? this.#exitCode : this.#lost(error),
        ),
      );
    });
    this.#ended = true;
    clearTimeout(late);
    return code;
  }

  /**
   * The first asks for a clean stop (exit 0), the second kills, the third leaves the terminal at
   * once.
   */
  interrupt(code: number): void {
    this.#interrupts += 1;
    this.#checklist.finish();
    if (this.#interrupts === 1) {
      if (this.#phase === "starting" || code === EXIT.terminated) this.#exitCode = code;
      this.#phase = "stopping";
      tell(this.#context, "\nstopping; press Ctrl-C again to kill");
      this.#ask({ ask: "down", timeoutMs: DOWN_TIMEOUT_MS });
    } else if (this.#interrupts === 2) {
      this.#exitCode = code;
      tell(this.#context, "\nkilling");
      this.#ask({ ask: "kill" });
    } else this.#settle?.(code);
  }

  #take(event: FlowEvent, settle: (code: number) => void): void {
    switch (event.type) {
      case "replica":
        this.#showReplica(event);
        return;
      case "output":
        this.#showOutput(event);
        return;
      case "notice":
        this.#checklist.note(event.text);
        return;
      case "ready":
        this.#becomeReady(event, settle);
        return;
      case "failed":
        this.#checklist.finish();
        tell(this.#context, formatFailure(event, this.#options.detach === true));
        this.#exitCode = EXIT.notReady;
        this.#phase = "stopping";
        return;
      case "stopped":
        settle(this.#exitCode);
        return;
      case "health":
        return;
    }
  }

  #showReplica(event: Extract<FlowEvent, { type: "replica" }>): void {
    if (this.#phase === "starting") this.#checklist.update(event);
    else if (this.#phase === "ready" && !this.#options.detach)
      tell(this.#context, `${event.address} ${event.text}`);
  }

  #showOutput(event: Extract<FlowEvent, { type: "output" }>): void {
    if (this.#options.detach) return;
    if (this.#phase === "starting") {
      this.#checklist.note(this.#prefix(event.address, event.line));
      return;
    }
    const { stdout, stderr } = this.#context.terminal;
    (event.stream === "stdout" ? stdout : stderr).write(
      `${this.#prefix(event.address, event.line)}\n`,
    );
  }

  #becomeReady(event: Extract<FlowEvent, { type: "ready" }>, settle: (code: number) => void): void {
    if (this.#phase !== "starting") return;
    this.#checklist.finish();
    this.#phase = "ready";
    tell(this.#context, formatReady(event, this.#options.detach === true));
    const code = event.degraded.length === 0 ? EXIT.ok : EXIT.notReady;
    if (this.#options.detach || code !== EXIT.ok) this.#letGo(code, settle);
  }

  /** Tells the supervisor that nobody holds the flow any more and that it is to go on. */
  #letGo(code: number, settle: (code: number) => void): void {
    this.#control.ask({ ask: "release" }, DOWN_TIMEOUT_MS).then(
      () => settle(code),
      (error: Error) => settle(this.#lost(error)),
    );
  }

  #giveUp(): void {
    if (this.#phase !== "starting") return;
    this.#checklist.finish();
    tell(this.#context, `not ready within ${this.#options.timeout! / 1000} s: stopping`);
    this.#exitCode = EXIT.notReady;
    this.#phase = "stopping";
    this.#ask({ ask: "down", timeoutMs: DOWN_TIMEOUT_MS });
  }

  #ask(request: { ask: "down"; timeoutMs: number } | { ask: "kill" }): void {
    this.#control.ask(request, DOWN_TIMEOUT_MS * 2).catch((error: Error) => {
      if (!this.#ended) tell(this.#context, `could not reach the supervisor: ${error.message}`);
    });
  }

  #lost(error: Error): number {
    tell(this.#context, `the supervisor is gone (${error.message}); its children end with it`);
    return EXIT.failed;
  }
}

function formatReady(event: Extract<FlowEvent, { type: "ready" }>, detached: boolean): string {
  const doors = Object.entries(event.gateway).map(
    ([protocol, address]) => `  ${protocol.padEnd(10)}${address}`,
  );
  const degraded = event.degraded.map((reason) => `! ${reason}`);
  const next = [
    `  jflow post /index --input data.jsonl`,
    `  jflow ps`,
    detached ? `  jflow down` : `  jflow logs -f    (Ctrl-C here stops the flow)`,
  ];
  return [
    "",
    event.degraded.length === 0 ? "Flow is ready to serve" : "Flow is up, but not whole",
    ...doors,
    ...degraded,
    "",
    "Next:",
    ...next,
  ].join("\n");
}

/**
 * With the last output of what failed where that was not shown while the flow came up, but for an
 * end that the message repeats.
 */
function formatFailure(
  { message, tails }: Extract<FlowEvent, { type: "failed" }>,
  detached: boolean,
): string {
  const outputs = Object.entries(detached ? tails : {}).flatMap(([address, tail]) => {
    const lines = tail.slice(0, 1 + tail.findLastIndex((line) => !message.includes(line)));
    return lines.length === 0 ? [] : [`--- last output of ${address}`, ...lines];
  });
  return [`the flow did not start: ${message}`, ...outputs].join("\n");
}
