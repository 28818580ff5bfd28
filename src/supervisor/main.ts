import { readdir } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { AwakeClock } from "../util/awake-clock.ts";
import { toJflowError } from "../util/errors.ts";
import { jflowVersion } from "../util/version.ts";
import { flowPaths, runtimeRoot, stateDirOf, supervisorOutput } from "../model/paths.ts";
import type { SupervisorAnswer, SupervisorCommand } from "../model/supervisor.ts";
import { ParentChannel } from "../util/process/parent-channel.ts";
import { boundOwnOutput } from "./disk/own-output.ts";
import { reshardFlow } from "./reshard/reshard-flow.ts";
import { restoreStopped } from "./backup/restore-stopped.ts";
import type { SupervisorDeps } from "./assemble/assemble.ts";
import { describeFlowFile } from "./describe-flow-file.ts";
import { endLeftovers, superviseFlow } from "./supervisor.ts";
import { SIGNAL_DRAIN_MS } from "../util/limits/processes.ts";

let isCommanded = false;

const parent = new ParentChannel<SupervisorCommand, SupervisorAnswer>(process);
void parent.first.then((command) =>
  carryOut(command).catch(async (error: unknown) => {
    const { code, message } = toJflowError(error);
    console.error(error);
    await parent.send({ type: "failed", code, message });
    process.exit(1);
  }),
);
// A parent that ends before its command ends this process too. Later, the flow keeps running.
parent.onClosed(() => {
  if (!isCommanded) process.exit(1);
});

async function carryOut(command: SupervisorCommand): Promise<void> {
  isCommanded = true;
  const deps = await collectDeps(command.file);
  if (command.type === "describe") {
    await parent.send({
      type: "described",
      deployments: await describeFlowFile(command, deps),
    });
    process.exit(0);
  }
  if (command.type === "reshard") {
    // Without the parent, no data is swapped.
    parent.onClosed(() => process.exit(1));
    await parent.send({ type: "resharded", lines: await reshard(command, deps) });
    process.exit(0);
  }
  if (command.type === "reap") {
    await parent.send({ type: "reaped", notices: await endLeftovers(command.file, deps) });
    process.exit(0);
  }
  const running = await superviseFlow(command, deps);
  let signals = 0;
  const onSignal = (): void => {
    signals += 1;
    if (signals === 1) running.down(SIGNAL_DRAIN_MS);
    else running.kill();
  };
  process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
  // The terminal that started the flow may close. The watch channel of `up` decides whether the
  // flow stops.
  process.on("SIGHUP", () => deps.log("SIGHUP ignored"));
  await parent.send({ type: "listening", socket: running.socket, pid: process.pid });
  await running.ended;
  process.exit(0);
}

async function reshard(
  command: Extract<SupervisorCommand, { type: "reshard" }>,
  deps: SupervisorDeps,
): Promise<readonly string[]> {
  const { backup } = command;
  return backup === undefined
    ? reshardFlow(command, deps)
    : restoreStopped({ ...command, backup }, deps);
}

async function collectDeps(flowFile: string): Promise<SupervisorDeps> {
  const { env } = process;
  const stateDir = stateDirOf(env);
  // The file that stderr appends to.
  const ownOutput = supervisorOutput(flowPaths(flowFile, stateDir));
  const around = { tmpdir: tmpdir(), uid: process.getuid?.() ?? 0 };
  return {
    env,
    pid: process.pid,
    runtimeRoot: runtimeRoot({ ...around, xdgRuntimeDir: env["XDG_RUNTIME_DIR"] }),
    fallbackRoot: runtimeRoot({ ...around, xdgRuntimeDir: undefined }),
    stateDir,
    version: jflowVersion(),
    cores: availableParallelism(),
    devices: await countDevices(env["CUDA_TOTAL_DEVICES"]),
    clock: new AwakeClock(() => performance.now()),
    random: () => Math.random(),
    log: (text) => {
      logLine(text);
      const problem = boundOwnOutput(ownOutput, process.stderr.fd);
      if (problem !== undefined) logLine(problem);
    },
  };
}

function logLine(text: string): void {
  console.error(`${new Date().toISOString()} ${text}`);
}

/** Returns `CUDA_TOTAL_DEVICES`, as in Jina, or the number of devices that the driver shows. */
async function countDevices(stated: string | undefined): Promise<number> {
  if (stated !== undefined && /^\d+$/.test(stated)) return Number(stated);
  // A machine without the driver has no devices.
  return readdir("/proc/driver/nvidia/gpus").then(
    (gpus) => gpus.length,
    () => 0,
  );
}
