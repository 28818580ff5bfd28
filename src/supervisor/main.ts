import { readdir } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { toJflowError } from "../util/errors.ts";
import { jflowVersion } from "../util/version.ts";
import { flowPlaces, runtimeRoot, supervisorOutput } from "../model/places.ts";
import type { SupervisorAnswer, SupervisorOrder } from "../model/supervisor.ts";
import { boundOwnOutput } from "./state/own-output.ts";
import { reshardFlow } from "./reshard/reshard-flow.ts";
import { describeFlowFile, superviseFlow, type Surroundings } from "./supervisor.ts";

/** How long the flow may drain after a signal. */
const SIGNAL_DRAIN_MS = 10_000;

let isOrdered = false;

process.once("message", (order: SupervisorOrder) => {
  carryOut(order).catch(async (error: unknown) => {
    const { code, message } = toJflowError(error);
    console.error(error);
    await answer({ type: "failed", code, message });
    process.exit(1);
  });
});
// Whoever started us left before giving an order; after an order, its going is no matter of ours.
process.once("disconnect", () => {
  if (!isOrdered) process.exit(1);
});

async function carryOut(order: SupervisorOrder): Promise<void> {
  isOrdered = true;
  const surroundings = await lookAround(supervisorOutput(flowPlaces(order.file)));
  if (order.type === "describe") {
    await answer({ type: "described", deployments: await describeFlowFile(order, surroundings) });
    process.exit(0);
  }
  if (order.type === "reshard") {
    // Whoever ordered it has gone: nothing is swapped that nobody waits for.
    process.once("disconnect", () => process.exit(1));
    await answer({ type: "resharded", lines: await reshardFlow(order, surroundings) });
    process.exit(0);
  }
  const running = await superviseFlow(order, surroundings);
  let signals = 0;
  const onSignal = (): void => {
    signals += 1;
    if (signals === 1) running.down(SIGNAL_DRAIN_MS);
    else running.kill();
  };
  process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
  // The terminal that started the flow may close; whoever holds the flow up says so by its channel.
  process.on("SIGHUP", () => surroundings.log("SIGHUP ignored"));
  await answer({ type: "listening", socket: running.socket, pid: process.pid });
  await running.ended;
  process.exit(0);
}

/** `ownOutput`: the file that stderr appends to. */
async function lookAround(ownOutput: string): Promise<Surroundings> {
  const { env } = process;
  return {
    env,
    pid: process.pid,
    runtimeRoot: runtimeRoot({
      xdgRuntimeDir: env["XDG_RUNTIME_DIR"],
      tmpdir: tmpdir(),
      uid: process.getuid?.() ?? 0,
    }),
    version: jflowVersion(),
    cores: availableParallelism(),
    devices: await countDevices(env["CUDA_TOTAL_DEVICES"]),
    log: (text) => {
      tell(text);
      const problem = boundOwnOutput(ownOutput, process.stderr.fd);
      if (problem !== undefined) tell(problem);
    },
  };
}

function tell(text: string): void {
  console.error(`${new Date().toISOString()} ${text}`);
}

/** As Jina: what `CUDA_TOTAL_DEVICES` says, else what the driver shows. */
async function countDevices(stated: string | undefined): Promise<number> {
  if (stated !== undefined && /^\d+$/.test(stated)) return Number(stated);
  // Without the driver there are none.
  return readdir("/proc/driver/nvidia/gpus").then(
    (gpus) => gpus.length,
    () => 0,
  );
}

/** Resolves when the answer has left this process, or nobody is there to take it. */
async function answer(message: SupervisorAnswer): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}
