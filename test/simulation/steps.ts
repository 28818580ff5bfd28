import { advanceExecutor, advanceSnapshot } from "./executor-steps.ts";
import type { SimLink, SimProcess, SimRequest } from "./sim-process.ts";
import type { World } from "./world.ts";

/**
 * One possible next step. `actor` performs it: a biased schedule gives each actor its own priority.
 */
export interface Step {
  readonly actor: string;
  readonly name: string;
  readonly isTimer: boolean;
  readonly perform: () => void;
}

/** Returns every possible next step, without faults. */
export function findSteps(world: World): readonly Step[] {
  const steps: Step[] = [];
  const add = (actor: string, name: string, perform: () => void, isTimer = false): void => {
    steps.push({ actor, name, isTimer, perform });
  };
  for (const process of world.processes) {
    if (!process.isAlive) continue;
    if (process.isKilled) {
      add(`kill ${process.id}`, "dies", () =>
        world.endProcess(process, { losesTail: false, bySupervisor: true }),
      );
    }
    if (!process.isStopped) addProcessSteps(world, process, add);
  }
  for (const link of world.links) addLinkSteps(world, link, add);
  for (const link of world.losses)
    add(`loss ${link.from} ${link.to}`, "notices", () => noticeLoss(world, link));
  addSupervisorSteps(world, add);
  addGatewaySteps(world, add);
  return steps;
}

type Add = (actor: string, name: string, perform: () => void, isTimer?: boolean) => void;

function addProcessSteps(world: World, process: SimProcess, add: Add): void {
  const { id } = process;
  if (process.commands.length > 0)
    add(`commands ${id}`, "takes a command", () => process.handle(process.commands.shift()!));
  if (process.answers.length > 0) {
    add(`answers ${id}`, "takes an answer", () =>
      process.handle({ type: "answered", answer: process.answers.shift()! }),
    );
  }
  if (process.requests.length > 0) {
    add(`requests ${id}`, "takes a write", () => takeWrite(process, process.requests.shift()!));
  }
  addDiskSteps(process, add);
  if (process.executorTask)
    add(`executor ${id}`, "executes", () => advanceExecutor(world, process));
  if (process.snapshotTask)
    add(`snapshot ${id}`, "snapshots", () => advanceSnapshot(world, process));
  for (const to of process.wanted) addLinkOpening(world, process, to, add);
  for (const copyId of process.timers) {
    const fire = (): void => {
      process.timers.delete(copyId);
      process.handle({ type: "late", copyId });
    };
    add(`late ${id} ${copyId}`, "reports it late", fire, true);
  }
}

function takeWrite(process: SimProcess, request: SimRequest): void {
  const payload = { write: request.operationId };
  process.handle({ type: "write", bytes: 100, payload, ...request });
}

function addLinkOpening(world: World, process: SimProcess, to: string, add: Add): void {
  const target = world.find(to);
  const isBetween = (link: SimLink): boolean => link.from === process.id && link.to === to;
  const isLinked = world.links.some((link) => link.isOpen && isBetween(link));
  if (!target?.isAlive || !target.hasSaidHello || isLinked || world.losses.some(isBetween)) return;
  add(`link ${process.id} ${to}`, "opens a link", () => {
    world.openLink(process, target);
    process.handle({ type: "linkOpened", processId: to });
  });
}

/** One fsync at a time, for everything appended before it began. Each `sync` is answered. */
function addDiskSteps(process: SimProcess, add: Add): void {
  const { id, disk } = process;
  if (process.syncsWanted > 0 && process.syncTarget === null) {
    add(`disk ${id}`, "writes", () => {
      process.syncsWanted = 0;
      process.syncTarget = disk.history.length;
      disk.written = disk.history.length;
    });
  }
  if (process.syncTarget !== null) {
    add(`disk ${id}`, "fsyncs", () => {
      const target = Math.min(process.syncTarget!, disk.history.length);
      disk.durable = Math.max(disk.durable, target);
      process.syncTarget = null;
      process.synced.push(disk.positionAt(target));
    });
  }
  if (process.synced.length > 0) {
    add(`synced ${id}`, "receives the fsync", () =>
      process.handle({ type: "fsynced", position: process.synced.shift()! }),
    );
  }
}

function addLinkSteps(world: World, link: SimLink, add: Add): void {
  if (link.toCopy.length > 0) {
    const target = world.find(link.to);
    if (!target?.isAlive) link.toCopy.length = 0;
    else if (!target.isStopped) {
      add(`to copy ${link.id}`, `${link.to} receives from ${link.from}`, () =>
        target.handle({ type: "fromPrimary", from: link.from, message: link.toCopy.shift()! }),
      );
    }
  }
  if (link.toPrimary.length > 0) {
    const target = world.find(link.from);
    if (!target?.isAlive) link.toPrimary.length = 0;
    else if (!target.isStopped) {
      add(`to primary ${link.id}`, `${link.from} receives from ${link.to}`, () =>
        target.handle({ type: "fromCopy", from: link.to, message: link.toPrimary.shift()! }),
      );
    }
  }
}

function noticeLoss(world: World, link: SimLink): void {
  world.losses.splice(world.losses.indexOf(link), 1);
  const primary = world.find(link.from);
  if (primary?.isAlive && primary.wanted.has(link.to))
    primary.handle({ type: "linkClosed", processId: link.to });
}

function addSupervisorSteps(world: World, add: Add): void {
  const { supervisor } = world;
  if (!supervisor.isUp) {
    add("supervisor", "starts again", () => restartSupervisor(world));
    return;
  }
  if (supervisor.saving) {
    add("save", "is on disk", () => {
      world.stateFile = supervisor.saving;
      supervisor.saved.push(supervisor.saving!);
      supervisor.saving = null;
    });
  }
  const next = supervisor.actions[0];
  if (next) {
    add("supervisor", next.type, () => {
      supervisor.actions.shift();
      world.carryOut(next);
    });
    return;
  }
  addSupervisorEvents(world, add);
}

function addSupervisorEvents(world: World, add: Add): void {
  const { supervisor } = world;
  const receive = (event: Parameters<typeof supervisor.handle>[0]): void => {
    supervisor.handle(event);
    const primary = supervisor.master!.shard.primary?.processId ?? null;
    if (supervisor.published === primary) return;
    supervisor.published = primary;
    world.gateway.topology.push(primary);
  };
  if (supervisor.saved.length > 0) {
    add("saved", "receives that it is saved", () =>
      receive({ type: "saved", state: supervisor.saved.shift()! }),
    );
  }
  for (const process of world.processes) {
    if (process.toSupervisor.length === 0) continue;
    const name = `receives ${process.toSupervisor[0]!.type} from ${process.id}`;
    add(`to supervisor ${process.id}`, name, () => receive(process.toSupervisor.shift()!));
  }
  for (const process of world.exits) {
    add(`exit ${process.id}`, "is seen to have exited", () => {
      world.exits.splice(world.exits.indexOf(process), 1);
      const applying = process.diedApplying;
      receive({
        type: "exited",
        processId: process.id,
        ...(applying === null ? {} : { applying }),
      });
    });
  }
  for (const replica of world.disks.keys()) {
    if (!isStartDue(world, replica)) continue;
    add(`start ${replica}`, `starts replica ${replica}`, () => {
      const process = world.startProcess(replica);
      receive({ type: "processStarted", processId: process.id, replica });
    });
  }
  if (supervisor.isWaitArmed) {
    const fire = (): void => {
      supervisor.isWaitArmed = false;
      receive({ type: "waitOver" });
    };
    add("wait", "has waited", fire, true);
  }
}

function isStartDue(world: World, replica: number): boolean {
  const { supervisor, exits } = world;
  const hasProcess =
    world.processOf(replica) !== undefined || exits.some((each) => each.replica === replica);
  return supervisor.wants(replica) && !hasProcess && !supervisor.held.has(replica);
}

/** Ends every child of the earlier supervisor and starts a new one from the state on disk. */
export function restartSupervisor(world: World): void {
  for (const process of world.processes)
    world.endProcess(process, { losesTail: false, bySupervisor: true });
  for (const process of world.processes) process.toSupervisor.length = 0;
  world.exits.length = 0;
  world.supervisor.start(world.stateFile, world.heldCopies());
}

function addGatewaySteps(world: World, add: Add): void {
  const { gateway } = world;
  const receive = (event: Parameters<typeof gateway.handle>[0]): void => {
    if (event.type === "finished" && !gateway.answered.has(event.operationId)) {
      gateway.answered.set(event.operationId, "acknowledged");
    }
    if (event.type === "refused") gateway.isRefused = true;
    for (const { to, operationId } of gateway.handle(event)) world.request(to, operationId, false);
  };
  if (gateway.topology.length > 0) {
    add("topology", "receives the primary", () =>
      receive({ type: "primary", processId: gateway.topology.shift()! }),
    );
  }
  if (gateway.inbox.length > 0) add("gateway", "receives", () => receive(gateway.inbox.shift()!));
  if (gateway.planned.length > 0) {
    add("client", "writes", () => {
      const operationId = gateway.planned.shift()!;
      gateway.sent.push(operationId);
      receive({ type: "arrived", operationId });
    });
  }
  if (gateway.isRefused) {
    add("again", "tries again", () => {
      gateway.isRefused = false;
      receive({ type: "again" });
    });
  }
}
