import type { HealthReport } from "../../../model/control.ts";
import type { Health } from "../../../model/replica.ts";
import { ControlClient } from "../../../wire/control/control-client.ts";
import { askSocket } from "../../flows/ask-supervisor.ts";
import { print, tell, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { needRunningFlow, type FlowOptions } from "../../flows/running-flows.ts";

interface HealthOptions extends FlowOptions {
  readonly wait?: "green" | "yellow";
  readonly timeout: number;
  readonly output: "table" | "json";
}

const RANK: Readonly<Record<Health, number>> = { red: 0, yellow: 1, green: 2 };

/**
 * `jflow health [--wait green]`: exit 0 for green or yellow, 1 for red, 4 when the awaited colour
 * did not come in time.
 */
export async function health(context: CommandContext, options: HealthOptions): Promise<number> {
  const { wait, timeout } = options;
  const flow = await needRunningFlow(context.terminal, options);
  const awaited =
    wait === undefined ? undefined : await awaitHealth(flow.socket, RANK[wait], timeout);
  const report = awaited ?? (await askSocket(flow.socket, { ask: "health" }, "health")).health;
  show(context, options, flow.name, report);
  if (wait !== undefined && RANK[report.status] < RANK[wait]) {
    tell(context, `timed out waiting for ${wait}`);
    return EXIT.notReady;
  }
  return report.status === "red" ? EXIT.failed : EXIT.ok;
}

/**
 * Resolves with the first report that is good enough. Resolves with undefined after `timeoutMs`, or
 * when the supervisor ends.
 */
async function awaitHealth(
  socket: string,
  rank: number,
  timeoutMs: number,
): Promise<HealthReport | undefined> {
  const control = new ControlClient(socket);
  let late: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve) => {
      late = setTimeout(() => resolve(undefined), timeoutMs);
      const watch = control.watch({ events: ["health"], holds: false });
      watch.onMessage((event) => {
        if (event.type === "health" && RANK[event.health.status] >= rank) resolve(event.health);
      });
      watch.onClosed(() => resolve(undefined));
    });
  } finally {
    clearTimeout(late);
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
      print(context, `    ${shard.address} ${shard.status}: ${shard.reason ?? "no reason known"}`);
}
