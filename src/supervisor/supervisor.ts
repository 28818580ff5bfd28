import { dirname } from "node:path";
import type { Flow } from "../flow/flow.ts";
import { flowId, runtimePaths, type FlowPaths, type RuntimePaths } from "../model/paths.ts";
import { messageOf } from "../util/error-code.ts";
import { ControlServer } from "../wire/control/control-server.ts";
import { assemble, type Assembly, type SupervisorDeps } from "./assemble/assemble.ts";
import { makeReplica } from "./assemble/make-replica.ts";
import { Planner } from "./assemble/planner.ts";
import { startAutomation } from "./automation/start-automation.ts";
import { Backups } from "./backup/backups.ts";
import { FlowChanges } from "./operations/flow-changes.ts";
import { readCounts } from "./assemble/read-counts.ts";
import { PlanFile } from "./disk/plan-file.ts";
import { ChildRegister } from "./disk/child-register.ts";
import { FileChanges } from "./changes/file-changes.ts";
import { pruneCompiled } from "./compile/prune-compiled.ts";
import { makeControlHandlers } from "./control/control-handlers.ts";
import { deploymentFolder, deploymentOf, workspaceOf } from "./decide/child-specs.ts";
import {
  noticeKept,
  noticeNeeded,
  noticeOversubscription,
  noticeReaped,
} from "./describe/notices.ts";
import { FlowWatch } from "./watch/flow-watch.ts";
import { ReadModel } from "./read-model/read-model.ts";
import { FlowSupervisor } from "./running/flow-supervisor.ts";
import { loadFlow, makeFlowFolder, type FlowFileOptions } from "./disk/load-flow.ts";
import { claimWorkspaces } from "./disk/claim-workspaces.ts";
import { finishReshard } from "./reshard/swap.ts";
import { findKeptData } from "./disk/kept-data.ts";
import { explainTakenPort } from "./disk/port-owner.ts";
import { openAdmin } from "./admin/open-admin.ts";
import { PageToken } from "./admin/page-token.ts";
import { RuntimeFiles } from "./disk/runtime-files.ts";
import { noticeLowLimit } from "./decide/open-files.ts";
import { sampleOpenFiles } from "../util/process/open-files.ts";
import { claimFlow, type Claim } from "./disk/runtime-folder.ts";
import { checkShardCounts, StateFile } from "./disk/state-file.ts";

/** A supervised flow. */
export interface RunningSupervisor {
  readonly socket: string;
  /** Drains the flow and stops it. */
  down(drainMs: number): void;
  kill(): void;
  /** Resolves when all processes are gone and the flow is released. */
  readonly ended: Promise<void>;
}

/** How a flow starts. */
export interface StartOptions extends FlowFileOptions {
  readonly hold: boolean;
  /** Whether to watch the files of the flow. Default: as the flow file says. */
  readonly watch?: boolean;
}

/**
 * Reads and compiles a flow, becomes its only supervisor, and begins to start it. Watchers receive
 * later failures. Throws `NOT_FOUND`, `FLOW_INVALID`, `ALREADY_EXISTS` for a flow that runs,
 * `FAILED_PRECONDITION` for data that does not fit or is in use, `DATA_LOSS` for a damaged
 * `state.json`.
 */
export async function superviseFlow(
  choice: StartOptions,
  deps: SupervisorDeps,
): Promise<RunningSupervisor> {
  const flow = await loadFlow(choice);
  const { runtime, claim } = await claimFile(flow.file, deps);
  try {
    return await superviseClaimed({ flow, runtime, claim, deps, choice });
  } catch (error) {
    await claim.release();
    throw error;
  }
}

/**
 * Ends the processes that a killed supervisor of the flow left. Returns notices for the user.
 * Throws `ALREADY_EXISTS` if the flow runs.
 */
export async function endLeftovers(
  file: string,
  deps: Pick<SupervisorDeps, "runtimeRoot">,
): Promise<readonly string[]> {
  const { claim } = await claimFile(file, deps);
  await claim.release();
  return [...claim.notices, ...noticeReaped(claim.reaped)];
}

async function claimFile(
  file: string,
  { runtimeRoot }: Pick<SupervisorDeps, "runtimeRoot">,
): Promise<{ runtime: RuntimePaths; claim: Claim }> {
  const runtime = runtimePaths(runtimeRoot, flowId(file));
  return { runtime, claim: await claimFlow(runtimeRoot, runtime, `jflow-flow-${flowId(file)}`) };
}

interface SupervisorFiles {
  readonly stateFile: StateFile;
  readonly planFile: PlanFile;
  readonly fileChanges: FileChanges;
  readonly children: ChildRegister;
}

interface Claimed {
  readonly flow: Flow;
  readonly runtime: RuntimePaths;
  readonly claim: Claim;
  readonly deps: SupervisorDeps;
  readonly choice: StartOptions;
}

async function superviseClaimed({
  flow,
  runtime,
  claim,
  deps,
  choice,
}: Claimed): Promise<RunningSupervisor> {
  const paths = await makeFlowFolder(flow, deps.stateDir);
  const stateFile = await StateFile.open(paths.stateFile);
  for (const { name } of flow.deployments)
    await finishReshard(deploymentFolder(flow, name, paths), stateFile);
  checkShardCounts(stateFile, flow.deployments);
  let files: RuntimeFiles | undefined;
  const socket = (): string => files?.socket ?? runtime.socket;
  const assembly = await assemble({ flow, paths, socket, deps });
  const fileChanges = await FileChanges.record(choice, assembly.modules);
  const workspaces = await claimWorkspaces(workspaceFolders(assembly));
  await pruneCompiled(paths.compiled, [...assembly.modules.values()]);
  const children = new ChildRegister(runtime.childrenFile);
  const planFile = new PlanFile(paths.planFile);
  const supervisorFiles = { stateFile, planFile, fileChanges, children };
  const { supervisor, changes, backups } = await makeSupervisor(assembly, supervisorFiles);
  const { pid, version, stateDir } = deps;
  const facts = { id: flowId(flow.file), pid, version, startedAt: new Date().toISOString() };
  const readModel = new ReadModel(supervisor, facts);
  const token = new PageToken();
  const watch = new FlowWatch(supervisor, changes);
  const options = { readModel, changes, backups, watch, fileChanges, pageToken: token.value };
  const handlers = makeControlHandlers(supervisor, { ...options, hold: choice.hold });
  const admin = await openAdmin(supervisor, { readModel, handlers, token }, deps.runtimeRoot);
  files = await RuntimeFiles.open({
    flow: { ...facts, name: flow.name, file: flow.file, ...(stateDir && { stateDir }) },
    roots: [deps.runtimeRoot, deps.fallbackRoot],
    runtimeFile: paths.runtimeFile,
    listen: async (path) => ControlServer.listen(path, handlers),
    saveChildren: async (path) => children.moveTo(path),
    notice: (text) => supervisor.notice(text),
  });
  noticeBeginnings(supervisor, claim, deps);
  await noticeKeptData(supervisor, flow, paths);
  supervisor.start();
  void watch.start(choice.watch);
  const leave = async (): Promise<void> => {
    await supervisor.ended;
    await Promise.all(supervisor.replicas.map(async ({ output }) => output.flush()));
    await files.close();
    await admin.close();
    // After an orderly end, the numbers of the flow file count again.
    await planFile.remove();
    workspaces.release();
    await claim.release();
  };
  return {
    socket: runtime.socket,
    down: (drainMs) => supervisor.down(drainMs),
    kill: () => supervisor.kill(),
    ended: leave(),
  };
}

/** The flow also starts if the folder cannot be read. */
async function noticeKeptData(
  supervisor: FlowSupervisor,
  flow: Flow,
  paths: FlowPaths,
): Promise<void> {
  for (const { name } of flow.deployments) {
    const folder = deploymentFolder(flow, name, paths);
    try {
      for (const kept of await findKeptData(folder)) supervisor.notice(noticeKept(name, kept));
    } catch (error) {
      supervisor.notice(`cannot look for earlier data of "${name}": ${messageOf(error)}`);
    }
  }
}

async function makeSupervisor(
  assembly: Assembly,
  { stateFile, planFile, fileChanges, children: register }: SupervisorFiles,
): Promise<{ supervisor: FlowSupervisor; changes: FlowChanges; backups: Backups }> {
  const { deps, specPaths } = assembly;
  const planner = new Planner(assembly, () => supervisor.facts.gateway);
  const { counts, notices } = await readCounts(planFile, assembly.flow);
  const supervisor: FlowSupervisor = new FlowSupervisor(planner.plan(counts), {
    stateFile,
    workspaceOf: (flow, planned) =>
      workspaceOf(flow, deploymentOf(flow, planned), planned, specPaths),
    makeReplica: (entry, listener) => makeReplica(entry, assembly, { register, listener }),
    async explainGatewayFailure(failure) {
      const { host, listeners } = supervisor.flow.gateway;
      const ports = listeners.map(({ port }) => port);
      return (await explainTakenPort(host, ports, deps.runtimeRoot)) ?? failure;
    },
    clock: deps.clock,
    log: (text) => deps.log(text),
  });
  for (const text of notices) supervisor.notice(text);
  const { needed } = supervisor.shards;
  for (const planned of needed) supervisor.notice(noticeNeeded(planned));
  supervisor.keep(needed.map((planned) => planner.entry(supervisor.flow, planned)));
  const changes = new FlowChanges(supervisor, planner, { stateFile, planFile, fileChanges });
  startAutomation(supervisor, changes);
  const backups = new Backups(supervisor, { changes, stateFile, register });
  await backups.noticeInterrupted();
  return { supervisor, changes, backups };
}

function noticeBeginnings(
  supervisor: FlowSupervisor,
  claim: Claim,
  { pid, cores }: SupervisorDeps,
): void {
  const processes = supervisor.replicas.length;
  for (const text of claim.notices) supervisor.notice(text);
  for (const text of noticeReaped(claim.reaped)) supervisor.notice(text);
  const { limit } = sampleOpenFiles(pid) ?? { limit: Number.POSITIVE_INFINITY };
  const lowLimit = noticeLowLimit(limit, processes);
  if (lowLimit !== undefined) supervisor.notice(lowLimit);
  const oversubscription = noticeOversubscription(processes, cores);
  if (oversubscription !== undefined) supervisor.notice(oversubscription);
}

/** `<workspace>/<deployment>` of every worker. */
function workspaceFolders({ flow, plan, specPaths }: Assembly): readonly string[] {
  const workers = plan.filter(({ part }) => part === "worker");
  return workers.map((planned) =>
    dirname(dirname(workspaceOf(flow, deploymentOf(flow, planned), planned, specPaths))),
  );
}
