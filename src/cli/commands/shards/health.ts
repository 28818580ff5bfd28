import type { HealthReport } from "../../../model/control/status.ts";
import type { Health } from "../../../model/replica.ts";
import { ControlClient } from "../../../wire/control/control-client.ts";
import { askSupervisor } from "../../flows/ask-supervisor.ts";
import { print, printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { requireRunningFlow, type FlowOptions } from "../../flows/running-flows.ts";

interface HealthOptions extends FlowOptions {
  readonly wait?: "green" | "yellow";
  readonly timeout: number;
  readonly output: "table" | "json";
}

const RANK: Readonly<Record<Health, number>> = { red: 0, yellow: 1, green: 2 };

/**
 * `jflow health [--wait green]`: shows the health of a flow. Exits with 0 for green and yellow,
 * with 1 for red, and with 4 if the flow did not reach the status of `--wait` in time.
 */
export async function health(context: CommandContext, options: HealthOptions): Promise<number> {
  const { wait, timeout } = options;
  const flow = await requireRunningFlow(context.terminal, options);
  const awaited =
    wait === undefined ? undefined : await waitForHealth(flow.socket, RANK[wait], timeout);
  const report = awaited ?? (await askSupervisor(flow.socket, { ask: "health" }, "health")).health;
  show(context, options, flow.name, report);
  if (wait !== undefined && RANK[report.status] < RANK[wait]) {
    printNotice(context, `timed out waiting for ${wait}`);
    return EXIT.notReady;
  }
  return report.status === "red" ? EXIT.failed : EXIT.ok;
}

/**
 * Resolves with the first report of at least this rank, or with undefined after `timeoutMs` or when
 * the supervisor ends.
 */
async function waitForHealth(
  socket: string,
  rank: number,
  timeoutMs: number,
): Promise<HealthReport | undefined> {
  const control = new ControlClient(socket);
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve) => {
      timer = setTimeout(() => resolve(undefined), timeoutMs);
      const watch = control.watch({ events: ["health"], holds: false });
      watch.onMessage((event) => {
        if (event.type === "health" && RANK[event.health.status] >= rank) resolve(event.health);
      });
      watch.onClosed(() => resolve(undefined));
    });
  } finally {
    clearTimeout(timer);
    control.close();
  }
}

function show(
  context: CommandContext,
  options: HealthOptions,
  name: string,
  report: HealthReport,
): void {
  if (options.output === "json") {
    print(context, JSON.stringify({ schema: "jflow.health/v1", flow: name, ...report }));
    return;
  }
  print(context, `${name} ${report.status}`);
  for (const [deployment, status] of Object.entries(report.deployments))
    print(context, `  ${deployment} ${status}`);
  for (const shard of report.shards)
    if (shard.status !== "green")
      print(context, `    ${shard.address} ${shard.status}: ${shard.reason ?? "unknown reason"}`);
}
