import { JflowError } from "../../../util/errors.ts";
import type { FlowEvent } from "../../../model/control/messages.ts";
import { parseAddress } from "../../../model/address.ts";
import { assertNever } from "../../../util/unreachable.ts";
import { ControlClient } from "../../../wire/control/control-client.ts";
import { askSupervisor } from "../../flows/ask-supervisor.ts";
import {
  findRunningFlow,
  requireRunningFlow,
  type FlowOptions,
} from "../../flows/running-flows.ts";
import { printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { checkWait, judgeWait, type WaitCondition } from "./judge-wait.ts";

interface WaitOptions extends FlowOptions {
  readonly for: WaitCondition;
  readonly timeout: number;
}

/** The events after which the state of a flow may be the awaited one. */
const CAUSES = ["replica", "health", "ready", "failed", "stopped"] as const;

/** How a wait ended. */
type End =
  | { readonly is: "met" | "late" | "gone" }
  | { readonly is: "failed"; readonly message: string | null };

/**
 * `jflow wait [address...] --for ready`: waits until the replicas or shards are as awaited, and
 * names those that are not. Exits with 0 when they are, with 4 if they are late or a replica
 * failed, and with 1 if the flow stopped. A stopped flow satisfies `stopped`.
 */
export async function wait(
  context: CommandContext,
  options: WaitOptions,
  addresses: readonly string[],
): Promise<number> {
  for (const address of addresses) parseAddress(address);
  const what = addresses.length === 0 ? "the flow" : addresses.join(", ");
  const find = options.for === "stopped" ? findRunningFlow : requireRunningFlow;
  const flow = await find(context.terminal, options);
  if (flow === undefined) return report(context, `${what} is stopped`, EXIT.ok);
  const session = new WaitSession(flow.socket, options.for, addresses, () =>
    printNotice(context, `waiting until ${what} is ${options.for}`),
  );
  const end = await session.run(options.timeout);
  const late = session.late.map((line) => `\n  ${line}`).join("");
  return report(context, ...describeEnd(end, { ...options, what, late }));
}

function report(context: CommandContext, text: string, code: number): number {
  printNotice(context, text);
  return code;
}

/** Returns what the user reads, and the exit code. */
function describeEnd(
  end: End,
  waited: WaitOptions & { readonly what: string; readonly late: string },
): [text: string, code: number] {
  const { what, late, timeout, for: condition } = waited;
  switch (end.is) {
    case "met":
      return [`${what} is ${condition}`, EXIT.ok];
    case "late":
      return [`not ${condition} within ${timeout / 1000} s:${late}`, EXIT.notReady];
    case "failed": {
      const cause = end.message ?? `a replica has failed, and jflow start starts it again:${late}`;
      return [`${what} does not become ${condition}: ${cause}`, EXIT.notReady];
    }
    case "gone":
      return condition === "stopped"
        ? [`${what} is stopped`, EXIT.ok]
        : [`the flow stopped: ${what} is not ${condition}`, EXIT.failed];
    default:
      return assertNever(end);
  }
}

/** One wait: asks for the state of the flow after each event that may have changed it. */
class WaitSession {
  readonly #socket: string;
  readonly #condition: WaitCondition;
  readonly #addresses: readonly string[];
  /** The last text of each replica. */
  readonly #texts = new Map<string, string>();
  readonly #onWait: () => void;
  #late: ReturnType<typeof judgeWait>["late"] = [];
  #isWaiting = false;

  /** `onWait` is called once, when the state is not as awaited at the beginning. */
  constructor(
    socket: string,
    condition: WaitCondition,
    addresses: readonly string[],
    onWait: () => void,
  ) {
    this.#onWait = onWait;
    this.#socket = socket;
    this.#condition = condition;
    this.#addresses = addresses;
  }

  /** A line for each replica or shard that is not as awaited. */
  get late(): readonly string[] {
    return this.#late.map(
      ({ address, reason }) => `${address} ${reason ?? this.#texts.get(address) ?? "not ready"}`,
    );
  }

  /** Throws for an address that the flow does not have, and for a supervisor that fails. */
  async run(timeoutMs: number): Promise<End> {
    const first = await askSupervisor(this.#socket, { ask: "state" }, "state");
    checkWait(this.#condition, this.#addresses, first.state);
    const control = new ControlClient(this.#socket);
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<End>((settle, reject) => {
        timer = setTimeout(() => settle({ is: "late" }), timeoutMs);
        const judge = oneAtATime(
          async () => {
            const end = await this.#judge();
            if (end !== undefined) settle(end);
          },
          (error) => {
            // The end of the supervisor also closes the watch.
            if (!(error instanceof JflowError && error.code === "UNAVAILABLE")) reject(error);
          },
        );
        const watch = control.watch({ events: CAUSES, holds: false });
        watch.onMessage((event) => {
          const end = this.#take(event);
          if (end === undefined) judge();
          else settle(end);
        });
        watch.onClosed(() => settle({ is: "gone" }));
      });
    } finally {
      clearTimeout(timer);
      control.close();
    }
  }

  /** Returns the end that an event alone decides. */
  #take(event: FlowEvent): End | undefined {
    if (event.type === "replica") this.#texts.set(event.address, event.text);
    if (event.type === "stopped") return { is: "gone" };
    if (event.type === "failed" && this.#condition !== "stopped")
      return { is: "failed", message: event.message };
    return undefined;
  }

  async #judge(): Promise<End | undefined> {
    const { state } = await askSupervisor(this.#socket, { ask: "state" }, "state");
    const { is, late } = judgeWait(this.#condition, this.#addresses, state);
    this.#late = late;
    if (is === "waiting") {
      if (!this.#isWaiting) this.#onWait();
      this.#isWaiting = true;
      return undefined;
    }
    return is === "met" ? { is } : { is, message: null };
  }
}

/** Returns a function that begins `act`, or repeats it after the current one. */
function oneAtATime(act: () => Promise<void>, onError: (error: unknown) => void): () => void {
  let isActing = false;
  let isDue = false;
  const repeat = async (): Promise<void> => {
    while (isDue) {
      isDue = false;
      await act();
    }
  };
  return () => {
    isDue = true;
    if (isActing) return;
    isActing = true;
    repeat()
      .catch(onError)
      .finally(() => {
        isActing = false;
      });
  };
}
