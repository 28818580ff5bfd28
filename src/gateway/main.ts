import { JflowError, toJflowError } from "../util/errors.ts";
import { jflowVersion } from "../util/version.ts";
import type { GatewaySpec } from "../model/replica.ts";
import { ParentChannel } from "../util/process/parent-channel.ts";
import { LocalSupervisorLink } from "../wire/control/local-supervisor-link.ts";
import type { SupervisorLink, SupervisorSession } from "../wire/control/supervisor-link.ts";
import { countOf } from "../util/text/count-of.ts";
import { TERMINATE_DRAIN_MS } from "../util/limits/requests.ts";
import type { Tracer } from "../wire/tracing/tracer.ts";
import { GATEWAY_RUNTIME } from "./observe/gateway-families.ts";
import { Gateway, GATEWAY_ADDRESS } from "./gateway.ts";

const TRAFFIC_MS = 1_000;
const LAST_NOTICE_MS = 500;
const EXIT_FAILED = 1;

const supervisor: SupervisorLink<GatewaySpec> = new LocalSupervisorLink(new ParentChannel(process));
supervisor.onLost(() => endWithoutSupervisor("the IPC channel was closed"));
void supervisor.spec.then((spec) => run(spec).catch((thrown: unknown) => fail(spec, thrown)));

async function run(spec: GatewaySpec): Promise<void> {
  const { processId } = spec;
  const session = await supervisor.register({ processId, address: GATEWAY_ADDRESS });
  const report = (text: string): void => session.send({ type: "notice", text });
  const version = jflowVersion();
  const tracer = await openGatewayTracer(spec, version, report);
  const gateway = await Gateway.open(spec, {
    ask: (request, timeoutMs) => supervisor.ask(request, timeoutMs),
    report,
    version,
    ...(tracer === undefined ? {} : { tracer }),
  });
  const drain = async (timeoutMs: number): Promise<void> => {
    const unfinished = await gateway.drain(timeoutMs);
    await tracer?.close();
    if (unfinished > 0) {
      session.send({ type: "notice", text: describeCut(unfinished) });
      // Once the supervisor answers, it has the notice.
      await supervisor.ask({ ask: "health" }, LAST_NOTICE_MS).catch(() => undefined);
    }
    process.exit(0);
  };
  handleCommands(session, gateway, drain);
  await supervisor.follow((topology) => gateway.update(topology));
  setInterval(() => session.send({ type: "traffic", ...gateway.reportTraffic() }), TRAFFIC_MS);
  process.on("SIGTERM", () => void drain(TERMINATE_DRAIN_MS));
  const { listeners } = gateway;
  await supervisor.answer({ type: "hello", kind: "gateway", processId, listeners });
}

async function openGatewayTracer(
  { tracing, flow }: GatewaySpec,
  version: string,
  report: (text: string) => void,
): Promise<Tracer | undefined> {
  if (tracing === undefined) return undefined;
  const { openTracer } = await import("../wire/tracing/open-tracer.ts");
  const options = { tracing, env: process.env, runtime: GATEWAY_RUNTIME, flow, version };
  return openTracer({ ...options, isGlobal: false }, report);
}

function describeCut(unfinished: number): string {
  return `${countOf(unfinished, "request")} did not finish within the drain time: allow more with jflow down -t`;
}

/** A gateway has no command of a copy. */
function handleCommands(
  session: SupervisorSession,
  gateway: Gateway,
  drain: (timeoutMs: number) => Promise<void>,
): void {
  session.onMessage((command) => {
    switch (command.type) {
      case "heartbeat":
        return session.send({ type: "heartbeat", docs: null });
      case "drain":
        return void drain(command.timeoutMs);
      case "measure":
        return session.send({ type: "measured", id: command.id, families: gateway.measure() });
      case "replication":
      case "inspect":
      case "copyTask":
        throw new JflowError("INTERNAL", `the gateway has no command "${command.type}"`);
    }
  });
  session.onClosed((error) =>
    endWithoutSupervisor(error?.message ?? "the control stream was closed"),
  );
}

async function fail(spec: GatewaySpec, thrown: unknown): Promise<void> {
  const { processId } = spec;
  const { message } = toJflowError(thrown);
  console.error(message);
  await supervisor.answer({ type: "failed", processId, message, isLasting: true });
  process.exit(EXIT_FAILED);
}

function endWithoutSupervisor(reason: string): void {
  console.error(`the supervisor is gone: ${reason}`);
  process.exit(EXIT_FAILED);
}
