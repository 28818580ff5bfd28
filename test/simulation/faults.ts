import { restartSupervisor } from "./steps.ts";
import type { World } from "./world.ts";

/** A fault that can happen now, or `null`. */
type Fault = (world: World) => (() => void) | null;

const FAULTS: readonly { readonly weight: number; readonly fault: Fault }[] = [
  { weight: 5, fault: killOne },
  { weight: 1, fault: failPower },
  { weight: 2, fault: crashSupervisor },
  { weight: 2, fault: stopOne },
  { weight: 2, fault: continueOne },
  { weight: 2, fault: findStopped },
  { weight: 2, fault: stopByCommand },
  { weight: 1, fault: scaleDown },
  { weight: 1, fault: scaleUp },
  { weight: 2, fault: breakLink },
  { weight: 1, fault: emptyDisk },
  { weight: 3, fault: repeatWrite },
];

const TOTAL_WEIGHT = FAULTS.reduce((sum, { weight }) => sum + weight, 0);

/** Makes one random fault happen, if the drawn one can. Returns its name. */
export function injectFault(world: World): string | null {
  let at = world.random.below(TOTAL_WEIGHT);
  for (const { weight, fault } of FAULTS) {
    at -= weight;
    if (at >= 0) continue;
    const happen = fault(world);
    happen?.();
    return happen ? fault.name : null;
  }
  return null;
}

function pickAlive(world: World, isCandidate: (process: World["processes"][number]) => boolean) {
  const alive = world.processes.filter((process) => process.isAlive && isCandidate(process));
  return alive.length === 0 ? null : world.random.pick(alive);
}

function killOne(world: World) {
  const process = pickAlive(world, () => true);
  return (
    process &&
    (() => world.endProcess(process, { losesTail: world.random.chance(0.5), bySupervisor: false }))
  );
}

/** Every process ends, and only fsynced records are left. */
function failPower(world: World) {
  return () => {
    for (const process of world.processes)
      world.endProcess(process, { losesTail: true, bySupervisor: true });
    for (const disk of world.disks) disk.loseProcess(world.random, true);
    world.supervisor.crash();
    forgetScale(world);
    restartSupervisor(world);
  };
}

function crashSupervisor(world: World) {
  if (!world.supervisor.isUp) return null;
  return () => {
    const { saving } = world.supervisor;
    if (saving && world.random.chance(0.5)) world.stateFile = saving;
    world.supervisor.crash();
    forgetScale(world);
    world.exits.length = 0;
  };
}

/** The next supervisor may plan another number of replicas: an operation did not end. */
function forgetScale({ supervisor, scenario, random }: World): void {
  if (random.chance(0.5)) supervisor.planned = random.between(1, scenario.copies);
}

function stopOne(world: World) {
  const process = pickAlive(world, (candidate) => !candidate.isStopped);
  return (
    process &&
    (() => {
      process.isStopped = true;
    })
  );
}

function continueOne(world: World) {
  const process = pickAlive(world, (candidate) => candidate.isStopped);
  return (
    process &&
    (() => {
      process.isStopped = false;
    })
  );
}

function findStopped(world: World) {
  const process = pickAlive(world, (candidate) => candidate.isStopped);
  if (!process || !world.supervisor.isReady) return null;
  return () => world.supervisor.handle({ type: "foundStopped", processId: process.id });
}

/** The user stops a replica and starts it again at once: its process is killed within its task. */
function stopByCommand(world: World) {
  const process = pickAlive(world, () => true);
  if (!process || !world.supervisor.isReady) return null;
  return () => {
    world.supervisor.handle({
      type: "command",
      command: { kind: "stop", replica: process.replica },
    });
    world.supervisor.handle({
      type: "command",
      command: { kind: "start", replica: process.replica },
    });
  };
}

/** The copies with the highest numbers are removed. Their disks stay. */
function scaleDown(world: World) {
  const { supervisor, random } = world;
  if (!supervisor.isReady || supervisor.planned === 1) return null;
  return () => supervisor.scale(random.between(1, supervisor.planned - 1));
}

function scaleUp(world: World) {
  const { supervisor, scenario } = world;
  if (!supervisor.isReady || supervisor.planned === scenario.copies) return null;
  return () => supervisor.scale(scenario.copies);
}

function breakLink(world: World) {
  const links = world.links.filter((link) => link.isOpen);
  return links.length === 0 ? null : () => world.closeLink(world.random.pick(links));
}

/**
 * An emptied folder is another copy. The last disk of the set is left alone, because no promise
 * would be left.
 */
function emptyDisk(world: World) {
  const replica = world.random.below(world.scenario.copies);
  const others = world.disks.filter((_, other) => other !== replica);
  const isSafe =
    others.some((disk) => world.isMember(disk.copyId)) ||
    !world.isMember(world.disks[replica]!.copyId);
  // A set that is being saved may be another one: not now.
  if (world.processOf(replica) || !isSafe || world.supervisor.saving) return null;
  return () => {
    world.disks[replica] = world.makeDisk(replica);
  };
}

/**
 * The client sends a write again, past the bookkeeping of the gateway, to the process that looks
 * like the primary.
 */
function repeatWrite(world: World) {
  const { sent } = world.gateway;
  const process =
    pickAlive(world, (candidate) => candidate.copy.role === "primary") ??
    pickAlive(world, () => true);
  if (!process || sent.length === 0) return null;
  const operationId = world.random.pick(sent);
  if (operationId.startsWith("k")) return null;
  return () => world.request(process.id, operationId, true);
}
