import type { Outcome } from "../../src/model/shard/log.ts";
import type { SimSnapshot } from "./sim-disk.ts";
import type { ExecutorTask, SimProcess } from "./sim-process.ts";
import { stripOutcome, type World } from "./world.ts";

/** Performs the next part of the task of the executor: the task itself, or its report. */
export function advanceExecutor(world: World, process: SimProcess): void {
  const task = process.executorTask!;
  if (task.kind === "restore") advanceRestore(world, process, task);
  else if (task.outcome === null) execute(world, process, task);
  else report(world, process, task, task.outcome);
}

/** Performs the next part of a snapshot of the process. */
export function advanceSnapshot(world: World, process: SimProcess): void {
  const task = process.snapshotTask!;
  switch (task.kind) {
    case "take":
      if (task.taken === null) {
        process.snapshotTask = {
          ...task,
          taken: process.capture(task.mark, task.operations, world.scenario.loadMs),
        };
      } else {
        process.snapshotTask = null;
        process.pending = task.taken;
        process.handle({ type: "snapshotTaken", snapshot: task.taken.head });
      }
      break;
    case "count":
      process.snapshotTask = null;
      process.pending = null;
      checkCounted(world, process, task.snapshot);
      process.count(task.snapshot);
      break;
    case "fetch": {
      process.snapshotTask = null;
      const fetched = findSnapshot(world, task.from, task.mark);
      if (fetched) process.count(fetched);
      else process.handle({ type: "fetchFailed", reason: "the other process is gone" });
    }
  }
}

/**
 * Runs a write. The first letter of its id selects the behavior: `k` kills its process, `t` throws,
 * `f` throws at random.
 */
function execute(
  world: World,
  process: SimProcess,
  task: Exclude<ExecutorTask, { kind: "restore" }>,
): void {
  const operationId = task.kind === "run" ? task.operationId : task.record.payload.write;
  if (operationId.startsWith("k")) {
    world.endProcess(process, { losesTail: false, bySupervisor: false });
    return;
  }
  if (process.state.some((applied) => stripOutcome(applied) === operationId)) {
    world.fail(`${process.id} executes ${operationId} twice: [${process.state.join(" ")}]`);
  }
  task.outcome = drawOutcome(world, task, operationId);
  process.state.push(task.outcome.kind === "threw" ? `${operationId}!` : operationId);
  if (task.kind === "apply" && process.state.length !== task.record.seq) {
    world.fail(
      `state and log differ: ${process.id} applied ${task.record.seq} to [${process.state.join(" ")}]`,
    );
  }
}

function drawOutcome(
  world: World,
  task: Exclude<ExecutorTask, { kind: "restore" }>,
  operationId: string,
): Outcome {
  const isFlaky = operationId.startsWith("f");
  if (isFlaky && world.isCalm && task.kind === "apply") return task.record.outcome;
  const throws = operationId.startsWith("t") || (isFlaky && world.random.chance(0.5));
  return throws ? { kind: "threw", error: "thrown by the write" } : { kind: "done" };
}

function report(
  world: World,
  process: SimProcess,
  task: Exclude<ExecutorTask, { kind: "restore" }>,
  outcome: Outcome,
): void {
  process.executorTask = null;
  const elapsedMs = world.scenario.writeMs;
  if (task.kind === "run")
    process.handle({ type: "ran", operationId: task.operationId, outcome, elapsedMs });
  else process.handle({ type: "applied", seq: task.record.seq, outcome, elapsedMs });
}

/**
 * The snapshot is stored, then the log is discarded, then the state is loaded. A crash may come
 * between any two.
 */
function advanceRestore(
  world: World,
  process: SimProcess,
  task: ExecutorTask & { kind: "restore" },
): void {
  if (world.isMember(process.copyId)) {
    world.fail(`${process.id} discards its log while its copy ${process.copyId} is in the set`);
  }
  if (task.mark.seq > 0 && task.fetched === null) fetchForRestore(world, process, task);
  else if (task.isReset) loadRestored(process, task.fetched);
  else {
    task.isReset = true;
    process.syncTarget = null;
    process.synced.length = 0;
    process.disk.reset(task.fetched);
  }
}

function fetchForRestore(
  world: World,
  process: SimProcess,
  task: ExecutorTask & { kind: "restore" },
): void {
  const { disk } = process;
  task.fetched = findSnapshot(world, task.from, task.mark);
  if (task.fetched) disk.snapshots = [task.fetched, ...disk.snapshots].slice(0, 2);
  else process.handle({ type: "restoreFailed", reason: "the other process is gone" });
}

function loadRestored(process: SimProcess, fetched: SimSnapshot | null): void {
  process.executorTask = null;
  process.state.splice(0, Infinity, ...(fetched?.state ?? []));
  const snapshot = fetched?.head ?? { seq: 0, term: 0, bytes: 0, loadMs: 0 };
  process.handle({ type: "restored", snapshot, operations: fetched?.operations ?? [] });
}

function findSnapshot(
  world: World,
  from: string,
  mark: { seq: number; term: number },
): SimSnapshot | null {
  const source = world.find(from);
  if (!source?.isAlive) return null;
  const found = source.disk.snapshots.find(
    ({ head }) => head.seq === mark.seq && head.term === mark.term,
  );
  return found ?? null;
}

/** Checks that a counted snapshot holds no record that may still be lost. */
function checkCounted(world: World, process: SimProcess, snapshot: SimSnapshot): void {
  const inSync = world.stateFile?.inSync ?? [];
  for (const disk of world.disks) {
    if (!inSync.includes(disk.copyId) || disk.durable >= snapshot.head.seq) continue;
    world.fail(
      `${process.id} counts a snapshot of ${snapshot.head.seq}, but ${disk.copyId} has only ${disk.durable} on disk`,
    );
  }
}
