import type { ChildReport, Inspection } from "../model/control.ts";
import { toJflowError } from "../util/errors.ts";
import type { CopyOrder } from "../replication/replication.ts";
import { assertNever } from "../util/unreachable.ts";
import { connectControl } from "../wire/control/connect-control.ts";

/** What a worker does for its supervisor. */
export interface SupervisorOrders {
  beat(): ChildReport;
  replication(order: CopyOrder): void;
  drain(timeoutMs: number): void;
  inspect(): Promise<Inspection>;
  /** The supervisor is gone. */
  lost(reason: string): void;
}

export interface SupervisorLink {
  report(report: ChildReport): void;
  close(): void;
}

/** Attends to the supervisor: the first message names the process, beats are answered at once. */
export function attendSupervisor(
  place: { controlSocket: string; processId: string; address: string },
  orders: SupervisorOrders,
): SupervisorLink {
  const client = connectControl(place.controlSocket);
  const channel = client.attend();
  const report = (message: ChildReport): void => channel.send(message);
  channel.onMessage((order) => {
    switch (order.type) {
      case "beat":
        return report(orders.beat());
      case "replication":
        return isCopyOrder(order.message) ? orders.replication(order.message) : undefined;
      case "drain":
        return orders.drain(order.timeoutMs);
      case "inspect":
        return void answerInspection(order.id);
      default:
        return assertNever(order);
    }
  });
  channel.onClosed((error) => orders.lost(error?.message ?? "it closed the control stream"));
  report({ type: "attend", processId: place.processId, address: place.address });

  async function answerInspection(id: number): Promise<void> {
    try {
      report({ type: "inspected", id, inspection: await orders.inspect() });
    } catch (thrown) {
      report({
        type: "notice",
        text: `${place.address} cannot be inspected: ${toJflowError(thrown).message}`,
      });
    }
  }

  return { report, close: () => client.close() };
}

/** Supervisor and worker are of one installation, so its type tells an order's form. */
function isCopyOrder(value: unknown): value is CopyOrder {
  if (typeof value !== "object" || value === null || !("type" in value)) return false;
  return (
    value.type === "ask" ||
    value.type === "promote" ||
    value.type === "announce" ||
    value.type === "answer"
  );
}
