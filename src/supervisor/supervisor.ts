import { existsSync } from "node:fs";
import { readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { formatDiagnostics, planReplicas, readFlow, type Flow } from "../flow/flow.ts";
import { JflowError } from "../model/errors.ts";
import { flowId, flowPlaces, runtimePlaces, type FlowPlaces, type RuntimePlaces } from "../model/places.ts";
import type { Described } from "../model/supervisor.ts";
import { makeDurableFolder } from "../util/durable-folder.ts";
import { hasCode, messageOf } from "../util/error-code.ts";
import { replaceFile } from "../util/replace-file.ts";
import { serveControl, type ControlServer } from "../wire/control/serve-control.ts";
import { assembleReplicas, describeLaunch, WORKER_ENTRY, type Assembly, type Surroundings } from "./assemble.ts";
import { openChildRegister } from "./children/child-register.ts";
import { describeExecutors } from "./compile/describe-executors.ts";
import { loadModules } from "./compile/load-modules.ts";
import { makeControlHandlers } from "./control-handlers.ts";
import { deploymentOf, workspaceOf } from "./decide/child-specs.ts";
import { noticeCrowd } from "./decide/crowd.ts";
import { FlowSupervisor } from "./flow-supervisor.ts";
import { describePortOwner } from "./state/port-owner.ts";
import { claimFlow, type Claim } from "./state/runtime-folder.ts";
import { checkShardCounts, openStateFile } from "./state/state-file.ts";

export type { Surroundings } from "./assemble.ts";

/** Which flow, and where its variables come from. */
export interface FlowChoice {
  /** Absolute. */
  readonly file: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** A flow that is being supervised. */
export interface RunningSupervisor {
  readonly socket: string;
  /** Ask for the end; the second kills. */
  down(drainMs: number): void;
  kill(): void;
  /** Resolves when every process is gone and the flow is let go of. */
  readonly ended: Promise<void>;
}

/**
 * Takes a flow: reads and compiles it, becomes its only supervisor, and begins to start it. What goes wrong later is told to watchers. Throws
 * `FLOW_INVALID`, `ALREADY_EXISTS` where it runs, `FAILED_PRECONDITION` where its data does not fit, `DATA_LOSS` for a damaged `state.json`.
 */
export async function superviseFlow(
  choice: FlowChoice & { readonly hold: boolean },
  surroundings: Surroundings,
): Promise<RunningSupervisor> {
  const file = await locate(choice.file);
  const flow = await loadFlow({ ...choice, file });
  const id = flowId(file);
  const runtime = runtimePlaces(surroundings.runtimeRoot, id);
  const claim = await claimFlow(surroundings.runtimeRoot, runtime, `jflow-${surroundings.runtimeRoot}-${id}`);
  try {
    return await superviseClaimed({ flow, id, runtime, claim, surroundings, hold: choice.hold });
  } catch (error) {
    await claim.release();
    throw error;
  }
}

interface Claimed {
  readonly flow: Flow;
  readonly id: string;
  readonly runtime: RuntimePlaces;
  readonly claim: Claim;
  readonly surroundings: Surroundings;
  readonly hold: boolean;
}

async function superviseClaimed({ flow, id, runtime, claim, surroundings, hold }: Claimed): Promise<RunningSupervisor> {
  const places = await makePlaces(flow.file);
  const stateFile = await openStateFile(places.stateFile);
  checkShardCounts(stateFile, flow.deployments);
  const assembly = await assemble({ flow, places, socket: runtime.socket, surroundings });
  const register = openChildRegister(runtime.childrenFile);
  const supervisor = new FlowSupervisor({
    flow,
    stateFile,
    workspaceOf: (planned) => workspaceOf(flow, deploymentOf(flow, planned), planned, assembly.specPlaces),
    makeReplicas: (listener, facts) => assembleReplicas(assembly, register, listener, () => facts.gateway),
    explainGatewayFailure: async (failure) => explainGatewayFailure(flow, failure, surroundings.runtimeRoot),
    log: (text) => surroundings.log(text),
  });
  const startedAt = new Date().toISOString();
  const facts = { id, pid: surroundings.pid, version: surroundings.version, startedAt };
  const server = await serveControl(runtime.socket, makeControlHandlers(supervisor, facts, hold));
  await claim.announce({
    id,
    name: flow.name,
    file: flow.file,
    pid: surroundings.pid,
    version: surroundings.version,
    startedAt,
  });
  if (claim.reaped > 0)
    supervisor.notice(`${claim.reaped} processes of an earlier run were still there and were ended`);
  const crowd = noticeCrowd(assembly.plan.length, surroundings.cores);
  if (crowd !== undefined) supervisor.notice(crowd);
  supervisor.start();
  return {
    socket: runtime.socket,
    down: (drainMs) => supervisor.down(drainMs),
    kill: () => supervisor.kill(),
    ended: leave(supervisor, server, claim),
  };
}

/** When every process is gone: the last lines are written, the socket is closed, the flow is let go of. */
async function leave(supervisor: FlowSupervisor, server: ControlServer, claim: Claim): Promise<void> {
  await supervisor.ended;
  await Promise.all(supervisor.replicas.map(async ({ tools }) => tools.output.flush()));
  await server.close();
  await claim.release();
}

/** Says what each executor of a flow declares, by deployment. Throws `FLOW_INVALID`, `NOT_READY` for one that cannot be loaded. */
export async function describeFlowFile(
  choice: FlowChoice,
  surroundings: Surroundings,
): Promise<Readonly<Record<string, Described>>> {
  const file = await locate(choice.file);
  const flow = await loadFlow({ ...choice, file });
  const places = await makePlaces(file);
  const assembly = await assemble({ flow, places, socket: "", surroundings });
  return describeExecutors(flow, assembly.modules, {
    folder: places.compiled,
    workerEntry: WORKER_ENTRY,
    version: surroundings.version,
    ...describeLaunch(assembly),
  });
}

async function assemble(parts: {
  flow: Flow;
  places: FlowPlaces;
  socket: string;
  surroundings: Surroundings;
}): Promise<Assembly> {
  const { flow, places, socket, surroundings } = parts;
  const plan = planReplicas(flow).replicas;
  const modules = await loadModules(flow, plan, places.compiled);
  return {
    flow,
    plan,
    modules,
    flowPlaces: places,
    specPlaces: { controlSocket: socket, data: places.data },
    surroundings,
  };
}

async function locate(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch (error) {
    throw new JflowError("NOT_FOUND", `cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}

async function loadFlow({ file, variables }: FlowChoice): Promise<Flow> {
  const text = await readFile(file, "utf8");
  const { flow, diagnostics } = readFlow({ text, file, variables, exists: existsSync });
  if (flow === undefined) throw new JflowError("FLOW_INVALID", formatDiagnostics(diagnostics, text));
  return flow;
}

/** The folder beside the flow file; it ignores itself in git. */
async function makePlaces(file: string): Promise<FlowPlaces> {
  const places = flowPlaces(file);
  try {
    await makeDurableFolder(places.folder);
    await makeDurableFolder(places.output);
    const ignore = join(places.root, ".gitignore");
    if (!existsSync(ignore)) await replaceFile(ignore, "*\n");
  } catch (error) {
    if (!hasCode(error, "EACCES", "EROFS", "EPERM")) throw error;
    throw new JflowError("FAILED_PRECONDITION", `cannot write ${places.folder}: ${messageOf(error)}`, { cause: error });
  }
  return places;
}

/** Names who holds the port, if it is a port: the gateway only knows that somebody does. */
async function explainGatewayFailure(flow: Flow, failure: string, runtimeRoot: string): Promise<string> {
  const { host, listeners, adminPort } = flow.gateway;
  const wanted = [...listeners.map(({ port }) => ({ host, port })), { host: "127.0.0.1", port: adminPort }];
  for (const door of wanted) {
    const owner = door.port === 0 ? undefined : await describePortOwner(door.port, runtimeRoot);
    if (owner !== undefined)
      return `${door.host}:${door.port} is taken by ${owner}. Or choose another port: "port" of the gateway, 0 is a free one`;
  }
  return failure;
}
