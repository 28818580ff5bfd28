import type { ChildReport, Inspection } from "../../model/control/messages.ts";
import type { CopyTask, CopyTaskEnd } from "../../model/shard/backup.ts";
import type { Position } from "../../model/shard/log.ts";
import type { MetricFamilies } from "../../util/metrics/family.ts";
import { toJflowError } from "../../util/errors.ts";
import type { CopyCommand } from "../../replication/replication.ts";
import { assertNever } from "../../util/unreachable.ts";
import type { SupervisorSession } from "../../wire/control/supervisor-link.ts";

/** Performs the commands of the supervisor. */
export interface CommandHandlers {
  heartbeat(): ChildReport;
  replication(command: CopyCommand): void;
  /** `isBrief`: without a last snapshot. */
  drain(timeoutMs: number, isBrief: boolean): void;
  inspect(): Promise<Inspection>;
  measure(): MetricFamilies;
  copyTask(task: CopyTask): Promise<Position>;
  /** The supervisor is gone. */
  lost(reason: string): void;
}

/** Performs the commands of a session. Heartbeats are answered at once. */
export function handleCommands(
  session: SupervisorSession,
  address: string,
  handlers: CommandHandlers,
): void {
  session.onMessage((command) => {
    switch (command.type) {
      case "heartbeat":
        return session.send(handlers.heartbeat());
      case "replication":
        return isCopyCommand(command.message) ? handlers.replication(command.message) : undefined;
      case "drain":
        return handlers.drain(command.timeoutMs, command.isBrief ?? false);
      case "measure":
        return session.send({ type: "measured", id: command.id, families: handlers.measure() });
      case "copyTask":
        return void carryOut(command.id, command.task);
      case "inspect":
        return void answerInspection(command.id);
      default:
        return assertNever(command);
    }
  });
  session.onClosed((error) => handlers.lost(error?.message ?? "the control stream was closed"));

  async function carryOut(id: number, task: CopyTask): Promise<void> {
    const end = await handlers.copyTask(task).then(
      (position): CopyTaskEnd => ({ ok: true, position }),
      (thrown: unknown): CopyTaskEnd => {
        const { code, message } = toJflowError(thrown);
        return { ok: false, code, message };
      },
    );
    session.send({ type: "copyTaskEnded", id, end });
  }

  async function answerInspection(id: number): Promise<void> {
    try {
      session.send({ type: "inspected", id, inspection: await handlers.inspect() });
    } catch (thrown) {
      session.send({
        type: "notice",
        text: `cannot inspect ${address}: ${toJflowError(thrown).message}`,
      });
    }
  }
}

/** Supervisor and worker are of one installation: the type of a command implies its fields. */
function isCopyCommand(value: unknown): value is CopyCommand {
  if (typeof value !== "object" || value === null || !("type" in value)) return false;
  return (
    value.type === "ask" ||
    value.type === "promote" ||
    value.type === "announce" ||
    value.type === "answer"
  );
}
