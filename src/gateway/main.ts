import type { ChildOrder } from "../model/control.ts";
import { JflowError, toJflowError } from "../util/errors.ts";
import { jflowVersion } from "../util/version.ts";
import type { ChildMessage, GatewaySpec } from "../model/replica.ts";
import { connectControl } from "../wire/control/connect-control.ts";
import { openGateway, type Gateway } from "./gateway.ts";

const TRAFFIC_MS = 1_000;
/** How long requests in flight may take to end after a SIGTERM. */
const TERMINATE_MS = 10_000;
const EXIT_FAILED = 1;
const ADDRESS = "gateway/0/0";

process.once("message", (spec: GatewaySpec) => {
  run(spec).catch((thrown: unknown) => void fail(spec, thrown));
});
process.once("disconnect", () => endWithoutSupervisor("its channel closed"));

async function run(spec: GatewaySpec): Promise<void> {
  const control = connectControl(spec.controlSocket);
  const attendance = control.attend();
  attendance.send({ type: "attend", processId: spec.processId, address: ADDRESS });
  const gateway = await openGateway(spec, {
    ask: (request, timeoutMs) => control.ask(request, timeoutMs),
    report: (text) => attendance.send({ type: "notice", text }),
    version: jflowVersion(),
  });
  const drain = (timeoutMs: number): void =>
    void gateway.drain(timeoutMs).then(() => process.exit(0));
  attendance.onMessage((order) => {
    if (order.type === "beat") attendance.send({ type: "beat", docs: null });
    else obey(order, drain);
  });
  attendance.onClosed((error) =>
    endWithoutSupervisor(error?.message ?? "it closed the control stream"),
  );
  const topologies = control.follow();
  topologies.onMessage((topology) => gateway.update(topology));
  setInterval(
    () => attendance.send({ type: "traffic", replicas: gateway.reportTraffic() }),
    TRAFFIC_MS,
  );
  process.on("SIGTERM", () => drain(TERMINATE_MS));
  await sayHello(spec, gateway);
}

/** The orders that a gateway has beside beats; it holds no copy of anything. */
function obey(
  order: Exclude<ChildOrder, { type: "beat" }>,
  drain: (timeoutMs: number) => void,
): void {
  if (order.type === "drain") drain(order.timeoutMs);
  else throw new JflowError("INTERNAL", `the gateway cannot obey "${order.type}"`);
}

async function sayHello(spec: GatewaySpec, gateway: Gateway): Promise<void> {
  const { listeners, adminPort } = gateway;
  await tell({ type: "hello", kind: "gateway", processId: spec.processId, listeners, adminPort });
}

async function fail(spec: GatewaySpec, thrown: unknown): Promise<void> {
  const { message } = toJflowError(thrown);
  console.error(message);
  await tell({ type: "failed", processId: spec.processId, message, isLasting: true });
  process.exit(EXIT_FAILED);
}

function endWithoutSupervisor(reason: string): void {
  console.error(`the supervisor is gone: ${reason}`);
  process.exit(EXIT_FAILED);
}

/** Resolves when the message has left this process. */
async function tell(message: ChildMessage): Promise<void> {
  await new Promise<void>((resolve) => {
    if (process.send === undefined || !process.connected) return resolve();
    process.send(message, undefined, undefined, () => resolve());
  });
}
