import { performance } from "node:perf_hooks";
import type { JournalEvent } from "../../../model/control/events.ts";
import type { FlowEvent } from "../../../model/control/messages.ts";
import { INTERRUPT_DRAIN_MS } from "../../../util/limits/clients.ts";
import type { ControlClient } from "../../../wire/control/control-client.ts";
import { openChecklist, type Checklist } from "../../terminal/checklist.ts";
import { printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { LinePrefixer } from "../../terminal/output-lines.ts";
import { listNextSteps, type NextStepsOptions } from "./next-steps.ts";
import { StartProgress } from "../../terminal/start-progress.ts";

export interface UpOptions {
  readonly detach?: boolean;
  readonly timeout?: number;
  /** False: return before the flow is ready, and leave it running. */
  readonly wait?: boolean;
  /** Whether the flow watches its files. Default: as the flow file says, or as before. */
  readonly watch?: boolean;
}

/** Where the files of a flow are, seen from the current folder. */
export type FlowLocations = Pick<NextStepsOptions, "dataFile" | "flowFile">;

/** The events that `up` shows. */
const SHOWN = [
  "replica",
  "output",
  "notice",
  "event",
  "ready",
  "failed",
  "operation",
  "stopped",
] as const;

type ShownEvent = Extract<FlowEvent, { type: (typeof SHOWN)[number] }>;

/** Follows a flow from its first event to the exit code of `up`. */
export class UpSession {
  readonly #context: CommandContext;
  readonly #options: UpOptions;
  readonly #control: ControlClient;
  readonly #locations: FlowLocations;
  readonly #progress = new StartProgress(() => performance.now());
  readonly #checklist: Checklist;
  readonly #prefixer: LinePrefixer;
  #phase: "starting" | "ready" | "stopping" = "starting";
  #interrupts = 0;
  #exitCode: number = EXIT.ok;
  #ended = false;
  #settle: ((code: number) => void) | undefined;

  constructor(
    context: CommandContext,
    options: UpOptions,
    { control, locations }: { control: ControlClient; locations: FlowLocations },
  ) {
    this.#context = context;
    this.#locations = locations;
    this.#options = options;
    this.#control = control;
    const { stderr } = context.terminal;
    this.#checklist = openChecklist(stderr, context.color.stderr, this.#progress);
    this.#prefixer = new LinePrefixer(context.color.stdout);
  }

  async run(): Promise<number> {
    const timer =
      this.#options.timeout === undefined
        ? undefined
        : setTimeout(() => this.#stopUnready(), this.#options.timeout);
    const watch = this.#control.watch({ events: SHOWN, holds: true });
    const code = await new Promise<number>((settle) => {
      this.#settle = settle;
      watch.onMessage((event) => this.#handle(event, settle));
      watch.onClosed((error) =>
        settle(
          this.#phase === "stopping" || error === undefined
            ? this.#exitCode
            : this.#reportLoss(error),
        ),
      );
    });
    this.#ended = true;
    this.#checklist.finish();
    clearTimeout(timer);
    return code;
  }

  /** The first interrupt stops the flow, the second kills it, and the third ends the command. */
  interrupt(code: number): void {
    this.#interrupts += 1;
    this.#checklist.finish();
    if (this.#interrupts === 1) {
      if (this.#phase === "starting" || code !== EXIT.interrupted) this.#exitCode = code;
      this.#phase = "stopping";
      printNotice(this.#context, "\nstopping the flow; press Ctrl-C again to kill it");
      this.#ask({ ask: "down", timeoutMs: INTERRUPT_DRAIN_MS });
    } else if (this.#interrupts === 2) {
      this.#exitCode = code;
      printNotice(this.#context, "\nkilling the flow");
      this.#ask({ ask: "kill" });
    } else this.#settle?.(code);
  }

  #handle(event: ShownEvent, settle: (code: number) => void): void {
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
        printNotice(this.#context, formatFailure(event, this.#options.detach === true));
        this.#exitCode = EXIT.notReady;
        this.#phase = "stopping";
        return;
      case "stopped":
        settle(this.#exitCode);
        return;
      case "operation":
        this.#showOperation(event);
        return;
      case "event":
        this.#showWatch(event.event);
        return;
    }
  }

  #showReplica(event: Extract<FlowEvent, { type: "replica" }>): void {
    if (this.#phase === "starting") this.#checklist.update(event);
    else if (this.#phase === "ready" && !this.#options.detach)
      printNotice(this.#context, `${event.address} ${event.text}`);
  }

  #showOperation({ id, kind, text }: Extract<FlowEvent, { type: "operation" }>): void {
    if (this.#phase === "ready" && !this.#options.detach)
      printNotice(this.#context, `operation ${id} (${kind}): ${text}`);
  }

  #showWatch({ kind, text }: JournalEvent): void {
    if (kind === "watch" && this.#phase === "ready" && !this.#options.detach)
      printNotice(this.#context, `watch: ${text}`);
  }

  #showOutput(event: Extract<FlowEvent, { type: "output" }>): void {
    if (this.#phase === "starting") this.#checklist.output(event.address, event.line);
    if (this.#options.detach) return;
    if (this.#phase === "starting") {
      this.#checklist.note(this.#prefixer.format(event.address, event.line));
      return;
    }
    const { stdout, stderr } = this.#context.terminal;
    (event.stream === "stdout" ? stdout : stderr).write(
      `${this.#prefixer.format(event.address, event.line)}\n`,
    );
  }

  #becomeReady(event: Extract<FlowEvent, { type: "ready" }>, settle: (code: number) => void): void {
    if (this.#phase !== "starting") return;
    this.#checklist.finish();
    this.#phase = "ready";
    const isDetached = this.#options.detach === true;
    const { endpoints } = event;
    const isWatched = this.#options.watch === true;
    const steps = listNextSteps({ ...this.#locations, endpoints, isDetached, isWatched });
    printNotice(this.#context, formatReady(event, steps, isDetached));
    const code = event.degraded.length === 0 ? EXIT.ok : EXIT.notReady;
    if (this.#options.detach || code !== EXIT.ok) this.#release(code, settle);
  }

  /** Lets the flow run without this command. */
  #release(code: number, settle: (code: number) => void): void {
    this.#control.ask({ ask: "release" }, INTERRUPT_DRAIN_MS).then(
      () => settle(code),
      (error: Error) => settle(this.#reportLoss(error)),
    );
  }

  #stopUnready(): void {
    if (this.#phase !== "starting") return;
    this.#checklist.finish();
    const limit = this.#options.timeout! / 1000;
    const late = this.#progress.describeLate().map((line) => `\n  ${line}`);
    printNotice(
      this.#context,
      `the flow is not ready within ${limit} s: stopping it. Late:${late.join("")}`,
    );
    this.#exitCode = EXIT.notReady;
    this.#phase = "stopping";
    this.#ask({ ask: "down", timeoutMs: INTERRUPT_DRAIN_MS });
  }

  #ask(request: { ask: "down"; timeoutMs: number } | { ask: "kill" }): void {
    this.#control.ask(request, INTERRUPT_DRAIN_MS * 2).catch((error: Error) => {
      if (!this.#ended) printNotice(this.#context, `cannot reach the supervisor: ${error.message}`);
    });
  }

  #reportLoss(error: Error): number {
    printNotice(this.#context, `the supervisor ended, and all replicas with it: ${error.message}`);
    return EXIT.failed;
  }
}

function formatReady(
  event: Extract<FlowEvent, { type: "ready" }>,
  steps: readonly string[],
  isDetached: boolean,
): string {
  const listeners = Object.entries(event.gateway).map(
    ([protocol, address]) => `  ${protocol.padEnd(10)}${address}`,
  );
  const degraded = event.degraded.map((reason) => `! ${reason}`);
  return [
    "",
    event.degraded.length === 0
      ? "Flow is ready to serve"
      : "Flow is up, but some shards are missing",
    ...listeners,
    ...degraded,
    "",
    isDetached ? "Next:" : "Next, in another terminal (Ctrl-C here stops the flow):",
    ...steps.map((step) => `  ${step}`),
  ].join("\n");
}

/**
 * Adds the last output of failed replicas for a detached flow, whose output was not shown. Leaves
 * out last lines that the message repeats.
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
