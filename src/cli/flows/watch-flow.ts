import type { FlowEvent } from "../../model/control/messages.ts";
import { ControlClient } from "../../wire/control/control-client.ts";
import { printNotice, type CommandContext } from "../terminal/context.ts";
import { EXIT } from "../terminal/exit-codes.ts";

interface WatchOptions<Type extends FlowEvent["type"]> {
  readonly events: readonly Type[];
  readonly onEvent: (event: Extract<FlowEvent, { type: Type | "stopped" }>) => void;
  /** Ends the watching, with this exit code. */
  readonly ended?: Promise<number>;
}

/**
 * Watches a flow until it stops (exit 0), or until Ctrl-C (130) or SIGTERM (143). Exits with 1 if
 * the supervisor ended without a stop of the flow.
 */
export async function watchFlow<Type extends FlowEvent["type"]>(
  context: CommandContext,
  socket: string,
  { events, onEvent, ended }: WatchOptions<Type>,
): Promise<number> {
  const control = new ControlClient(socket);
  let offSignals = (): void => undefined;
  try {
    return await new Promise<number>((settle) => {
      const onInterrupt = (): void => settle(EXIT.interrupted);
      const onTerminate = (): void => settle(EXIT.terminated);
      process.on("SIGINT", onInterrupt).on("SIGTERM", onTerminate);
      offSignals = () => process.off("SIGINT", onInterrupt).off("SIGTERM", onTerminate);
      void ended?.then(settle);
      const watch = control.watch({ events: [...events, "stopped"], holds: false });
      watch.onMessage((event) => {
        onEvent(event);
        if (event.type !== "stopped") return;
        printNotice(context, "the flow has stopped");
        settle(EXIT.ok);
      });
      watch.onClosed(() => {
        printNotice(context, "the supervisor ended: jflow ps shows whether the flow runs");
        settle(EXIT.failed);
      });
    });
  } finally {
    offSignals();
    control.close();
  }
}
