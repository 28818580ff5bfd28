import { dirname } from "node:path";
import type { Flow } from "../flow/flow.ts";
import { flowId, runtimePlaces, type FlowPlaces, type RuntimePlaces } from "../model/places.ts";
import { messageOf } from "../util/error-code.ts";
import { replaceFile } from "../util/files/replace-file.ts";
import { ControlServer } from "../wire/control/control-server.ts";
import { assemble, type Assembly, type Surroundings } from "./assemble/assemble.ts";
import { makeReplicas } from "./assemble/make-replicas.ts";
import { ChildRegister } from "./disk/child-register.ts";
import { pruneCompiled } from "./compile/prune-compiled.ts";
import { makeControlHandlers } from "./control/control-handlers.ts";
import { deploymentFolder, deploymentOf, workspaceOf } from "./decide/child-specs.ts";
import { noticeKept, noticeOversubscription } from "./describe/notices.ts";
import { FlowSupervisor } from "./running/flow-supervisor.ts";
import { loadFlow, makePlaces, type FlowChoice } from "./disk/load-flow.ts";
import { claimWorkspaces } from "./disk/claim-workspaces.ts";
import { finishReshard } from "./reshard/swap.ts";
import { findKeptData } from "./disk/kept-data.ts";
import { explainTakenPort } from "./disk/port-owner.ts";
import { claimFlow, type Claim } from "./disk/runtime-folder.ts";
import { checkShardCounts, StateFile } from "./disk/state-file.ts";

/** A flow that is being supervised. */
export interface RunningSupervisor {
  readonly socket: string;
  /** Lets the flow finish what is in flight and stops it. */
  down(drainMs: number): void;
  kill(): void;
  /** Resolves when every process is gone and the flow is let go of. */
  readonly ended: Promise<void>;
}

/**
 * Takes a flow: reads and compiles it, becomes its only supervisor, and begins to start it. What
 * goes wrong later is told to watchers. Throws `NOT_FOUND`, `FLOW_INVALID`, `ALREADY_EXISTS` where
 * it runs, `FAILED_PRECONDITION` where its data does not fit or is in use, `DATA_LOSS` for a
 * damaged `state.json`.
 */
export async function superviseFlow(
  choice: FlowChoice & { readonly hold: boolean },
  surroundings: Surroundings,
): Promise<RunningSupervisor> {
  const flow = await loadFlow(choice);
  const runtime = runtimePlaces(surroundings.runtimeRoot, flowId(flow.file));
  const claim = await claimFlow(
    surroundings.runtimeRoot,
    runtime,
    `jflow-flow-${flowId(flow.file)}`,
  );
  try {
    return await superviseClaimed({ flow, runtime, claim, surroundings, hold: choice.hold });
  } catch (error) {
    await claim.release();
    throw error;
  }
}

interface Claimed {
  readonly flow: Flow;
  readonly runtime: RuntimePlaces;
  readonly claim: Claim;
  readonly surroundings: Surroundings;
  readonly hold: boolean;
}

async function superviseClaimed({
  flow,
  runtime,
  claim,
  surroundings,
  hold,
}: Claimed): Promise<RunningSupervisor> {
  const places = await makePlaces(flow);
  const stateFile = await StateFile.open(places.stateFile);
  for (const { name } of flow.deployments)
    await finishReshard(deploymentFolder(flow, name, places), stateFile);
  checkShardCounts(stateFile, flow.deployments);
  const assembly = await assemble({ flow, places, socket: runtime.socket, surroundings });
  const workspaces = await claimWorkspaces(workspaceFolders(assembly));
  await pruneCompiled(
    places.compiled,
    [...assembly.modules.values()].map(({ path }) => path),
  );
  const supervisor = makeSupervisor(assembly, stateFile, runtime);
  const { pid, version } = surroundings;
  const facts = { id: flowId(flow.file), pid, version, startedAt: new Date().toISOString() };
  const server = await ControlServer.listen(
    runtime.socket,
    makeControlHandlers(supervisor, facts, hold),
  );
  await claim.announce({ ...facts, name: flow.name, file: flow.file });
  noticeBeginnings(supervisor, claim, {
    processes: assembly.plan.length,
    cores: surroundings.cores,
  });
  await noticeKeptData(supervisor, flow, places);
  await replaceFile(places.runtimeFile, surroundings.runtimeRoot).catch((error: unknown) =>
    supervisor.notice(
      `a command with another XDG_RUNTIME_DIR will not find the flow: ${messageOf(error)}`,
    ),
  );
  supervisor.start();
  const leave = async (): Promise<void> => {
    await supervisor.ended;
    await Promise.all(supervisor.replicas.map(async ({ output }) => output.flush()));
    await server.close();
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

/** A folder that cannot be looked into keeps no flow from its start. */
async function noticeKeptData(
  supervisor: FlowSupervisor,
  flow: Flow,
  places: FlowPlaces,
): Promise<void> {
  for (const { name } of flow.deployments) {
    const folder = deploymentFolder(flow, name, places);
    try {
      for (const kept of await findKeptData(folder)) supervisor.notice(noticeKept(name, kept));
    } catch (error) {
      supervisor.notice(`cannot look for earlier data of "${name}": ${messageOf(error)}`);
    }
  }
}

function makeSupervisor(
  assembly: Assembly,
  stateFile: StateFile,
  runtime: RuntimePlaces,
): FlowSupervisor {
  const { flow, surroundings, specPlaces } = assembly;
  const register = new ChildRegister(runtime.childrenFile);
  return new FlowSupervisor({
    flow,
    stateFile,
    workspaceOf: (planned) => workspaceOf(flow, deploymentOf(flow, planned), planned, specPlaces),
    makeReplicas: (listener, facts) =>
      makeReplicas(assembly, register, listener, () => facts.gateway),
    explainGatewayFailure: async (failure) =>
      (await explainTakenPort(flow.gateway, surroundings.runtimeRoot)) ?? failure,
    log: (text) => surroundings.log(text),
  });
}

function noticeBeginnings(
  supervisor: FlowSupervisor,
  claim: Claim,
  size: { processes: number; cores: number },
): void {
  if (claim.reaped > 0)
    supervisor.notice(
      `${claim.reaped} processes of an earlier run were still there and were ended`,
    );
  const oversubscription = noticeOversubscription(size.processes, size.cores);
  if (oversubscription !== undefined) supervisor.notice(oversubscription);
}

/** `<workspace>/<deployment>` of every worker. */
function workspaceFolders({ flow, plan, specPlaces }: Assembly): readonly string[] {
  const workers = plan.filter(({ part }) => part === "worker");
  return workers.map((planned) =>
    dirname(dirname(workspaceOf(flow, deploymentOf(flow, planned), planned, specPlaces))),
  );
}
