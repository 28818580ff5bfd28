import type { SimDisk } from "./sim-disk.ts";
import type { SimProcess } from "./sim-process.ts";
import { stripOutcome, type World } from "./world.ts";

/** Checks what must hold after every step. Throws a `Violation`. */
export function checkStep(world: World): void {
  const members = world.disks.filter((disk) => world.stateFile?.inSync.includes(disk.copyId));
  checkAcknowledged(world, members);
  checkPrefixes(world, members);
  checkCheckpoints(world, members);
  checkNoRollback(world);
}

/**
 * Checks that an acknowledged write is on disk in every in-sync log, once, and that two primaries
 * never both acknowledge.
 */
function checkAcknowledged(world: World, members: readonly SimDisk[]): void {
  let newest = 0;
  const processOfTerm = new Map<number, string>();
  for (const { operationId, seq, process, term } of world.acknowledgements) {
    for (const disk of members) {
      if (disk.durable < seq || disk.history[seq - 1]?.operationId !== operationId) {
        world.fail(
          `${operationId} was acknowledged as ${seq}, but the in-sync copy ${disk.copyId} does not hold it on disk`,
        );
      }
    }
    if (term < newest)
      world.fail(`${process} acknowledged in term ${term} after another had in term ${newest}`);
    if ((processOfTerm.get(term) ?? process) !== process)
      world.fail(`two primaries acknowledged in term ${term}`);
    newest = term;
    processOfTerm.set(term, process);
  }
}

/** Checks that all in-sync logs are prefixes of one another. */
function checkPrefixes(world: World, members: readonly SimDisk[]): void {
  for (const [index, left] of members.entries()) {
    for (const right of members.slice(index + 1)) {
      const seq = findDifference(left, right);
      if (seq !== null)
        world.fail(`the in-sync copies ${left.copyId} and ${right.copyId} differ at ${seq}`);
    }
  }
}

/** Checks that no checkpoint exceeds the records on disk of an in-sync copy. */
function checkCheckpoints(world: World, members: readonly SimDisk[]): void {
  const least = Math.min(...members.map((disk) => disk.durable));
  for (const process of world.processes) {
    if (process.isAlive && process.copy.checkpoint > least) {
      world.fail(
        `${process.id} has checkpoint ${process.copy.checkpoint}, but an in-sync copy has ${least} on disk`,
      );
    }
  }
}

/**
 * Checks that no live copy that answered before a promotion holds more than the promoted one: it
 * would have to roll back.
 */
function checkNoRollback(world: World): void {
  const primary = world.processes.findLast(
    (process) => process.isAlive && process.copy.role === "primary",
  );
  if (!primary) return;
  for (const process of world.processes) {
    const isHeld =
      process.isAlive &&
      !process.isKilled &&
      process.answeredTerm === primary.copy.term &&
      process.hasAnsweredAsMember &&
      process.disk.history.length > primary.disk.history.length;
    if (isHeld)
      world.fail(
        `${process.id} holds more than the primary ${primary.id} that it answered for: it must roll back`,
      );
  }
}

function findDifference(left: SimDisk, right: SimDisk): number | null {
  const shared = Math.min(left.history.length, right.history.length);
  for (let seq = 1; seq <= shared; seq++) {
    const a = left.history[seq - 1]!;
    const b = right.history[seq - 1]!;
    if (a.term !== b.term || a.operationId !== b.operationId) return seq;
  }
  return null;
}

/** Checks what must hold when faults have ended and no step is left. */
export function checkRest(world: World): void {
  const { supervisor } = world;
  if (
    !world.stateFile?.inSync.some((copyId) => world.disks.some((disk) => disk.copyId === copyId))
  ) {
    if (supervisor.master!.shard.phase === "led")
      world.fail("a shard without a disk of its set has a primary");
    return;
  }
  const held = [...supervisor.held].map((replica) => world.disks[replica]!.copyId);
  const processes = world.processes.filter(
    (process) => process.isAlive && !held.includes(process.copyId),
  );
  const primary = processes.find((process) => process.copy.role === "primary");
  if (!primary)
    return world.fail(
      `no progress: there is no primary, the shard is ${supervisor.master!.shard.phase}`,
    );
  for (const process of processes) checkCopyAtRest(world, process, primary);
  for (const operationId of world.gateway.sent) checkAnswered(world, primary, operationId);
}

function checkAnswered(world: World, primary: SimProcess, operationId: string): void {
  const answer = world.gateway.answered.get(operationId);
  if (!answer) world.fail(`no progress: ${operationId} is not answered`);
  const times = primary.disk.history.filter((record) => record.operationId === operationId).length;
  if (times > 1) world.fail(`${operationId} is logged ${times} times`);
  if (times === 0 && answer === "acknowledged") world.fail(`${operationId} is lost`);
}

function checkCopyAtRest(world: World, process: SimProcess, primary: SimProcess): void {
  const { copy, copyId, disk, id } = process;
  if (!world.stateFile!.inSync.includes(copyId))
    world.fail(`no progress: ${id} (${copyId}) is not in-sync`);
  if (!copy.isServing) world.fail(`no progress: ${id} is not in the read rotation`);
  const last = primary.disk.history.length;
  if (disk.durable !== last || copy.applied !== last || copy.checkpoint !== last) {
    world.fail(
      `no progress: ${id} has ${disk.durable} on disk, ${copy.applied} applied, checkpoint ${copy.checkpoint} of ${last}`,
    );
  }
  const states = [process.state, primary.state].map((state) => state.map(stripOutcome).join(" "));
  if (states[0] !== states[1]) world.fail(`states differ: [${states[0]}] and [${states[1]}]`);
}
