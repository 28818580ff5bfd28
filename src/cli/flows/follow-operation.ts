import type {
  BackupRequest,
  OperationEvent,
  OperationRequest,
  PlanChange,
} from "../../model/supervisor.ts";
import { ASK_TIMEOUT_MS } from "../../util/limits/clients.ts";
import { JflowError } from "../../util/errors.ts";
import { ControlClient } from "../../wire/control/control-client.ts";
import { printNotice, type CommandContext } from "../terminal/context.ts";
import { errorOfAnswer } from "./ask-supervisor.ts";
import { EXIT } from "../terminal/exit-codes.ts";

/**
 * Begins an operation and prints its steps until it has ended. Ctrl-C ends the command only; the
 * operation continues. Exits with 4 if the operation failed or was cancelled. `onPlan` receives the
 * changes of a flow file. Throws the error of the supervisor if the operation does not begin.
 */
export async function followOperation(
  context: CommandContext,
  socket: string,
  request: OperationRequest | BackupRequest,
  onPlan: (plan: readonly PlanChange[]) => void = () => undefined,
): Promise<number> {
  const control = new ControlClient(socket);
  const events = new OperationEvents(context, control);
  const onInterrupt = (): void => events.detach();
  process.on("SIGINT", onInterrupt);
  try {
    const answer = await control.ask(request, ASK_TIMEOUT_MS);
    if (!answer.ok) throw errorOfAnswer(request, answer);
    if (!("operation" in answer))
      throw new JflowError("INTERNAL", `unexpected answer from the supervisor to "${request.ask}"`);
    if ("plan" in answer) onPlan(answer.plan);
    return answer.operation === null ? EXIT.ok : await events.follow(answer.operation);
  } finally {
    process.off("SIGINT", onInterrupt);
    control.close();
  }
}

/** The events of the operations of a flow, kept until the id of the operation is known. */
class OperationEvents {
  readonly #context: CommandContext;
  readonly #early: OperationEvent[] = [];
  #id: number | undefined;
  #closeReason = "";
  #settle: (code: number) => void = () => undefined;
  readonly #code: Promise<number>;

  constructor(context: CommandContext, control: ControlClient) {
    this.#context = context;
    this.#code = new Promise((settle) => {
      this.#settle = settle;
    });
    const watch = control.watch({ events: ["operation"], holds: false });
    watch.onMessage((event) => {
      if (event.type !== "operation") return;
      if (this.#id === undefined) this.#early.push(event);
      else this.#take(event);
    });
    watch.onClosed((error) => {
      this.#closeReason = error === undefined ? "" : `: ${error.message}`;
      this.#settle(EXIT.failed);
    });
  }

  async follow(id: number): Promise<number> {
    this.#id = id;
    for (const event of this.#early) this.#take(event);
    const code = await this.#code;
    if (code === EXIT.failed)
      printNotice(
        this.#context,
        `the supervisor ended during the operation${this.#closeReason}: jflow ps shows whether the flow runs`,
      );
    return code;
  }

  detach(): void {
    const [which, name] =
      this.#id === undefined
        ? ["an operation that has begun", "jflow cancel"]
        : [`operation ${this.#id}`, `jflow cancel ${this.#id}`];
    printNotice(
      this.#context,
      `\n${which} continues: ${name} cancels it, and jflow ps shows the replicas`,
    );
    this.#settle(EXIT.interrupted);
  }

  #take({ id, state, text }: OperationEvent): void {
    if (id !== this.#id) return;
    printNotice(this.#context, text);
    if (state === "done") this.#settle(EXIT.ok);
    if (state === "failed" || state === "cancelled") this.#settle(EXIT.notReady);
  }
}
