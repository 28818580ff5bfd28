import { setTimeout as sleep } from "node:timers/promises";
import type { HealthReport } from "../../../model/control.ts";
import type { Health } from "../../../model/replica.ts";
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
const POLL_MS = 100;

/**
 * `jflow health [--wait green]`: exit 0 green or yellow, 1 red, 4 when the awaited colour did not
 * come in time.
 */
export async function health(context: CommandContext, options: HealthOptions): Promise<number> {
  const flow = await needRunningFlow(context.terminal, options);
  const deadline = Date.now() + options.timeout;
  for (;;) {
    const { health: report } = await askSocket(flow.socket, { ask: "health" }, "health");
    const reached = options.wait === undefined || RANK[report.status] >= RANK[options.wait];
    if (reached || Date.now() >= deadline) {
      show(context, options, flow.name, report);
      if (!reached) {
        tell(context, `timed out waiting for ${options.wait}`);
        return EXIT.notReady;
      }
      return report.status === "red" ? EXIT.failed : EXIT.ok;
    }
    await sleep(POLL_MS);
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
