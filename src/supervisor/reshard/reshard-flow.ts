import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Flow } from "../../flow/flow.ts";
import { JflowError } from "../../util/errors.ts";
import { flowId, runtimePaths, type RuntimePaths } from "../../model/paths.ts";
import { countOf } from "../../util/text/count-of.ts";
import { makeDurableFolder } from "../../util/files/durable-folder.ts";
import { hasCode, messageOf } from "../../util/error-code.ts";

import { ChildRegister } from "../disk/child-register.ts";
import { deploymentFolder } from "../decide/child-specs.ts";
import { divideHashSpace, planReshard } from "../decide/reshard-plan.ts";
import { loadFlow, makeFlowFolder, type FlowFileOptions } from "../disk/load-flow.ts";
import { claimWorkspaces } from "../disk/claim-workspaces.ts";
import { claimFlow } from "../disk/runtime-folder.ts";
import { StateFile } from "../disk/state-file.ts";
import { assemble, type SupervisorDeps } from "../assemble/assemble.ts";
import { runTask, type TaskDeps } from "./run-task.ts";
import { commitReshard, draftFolder, finishReshard } from "./swap.ts";

/** The flow, and the new number of shards of one deployment. */
export interface ReshardOptions extends FlowFileOptions {
  readonly deployment: string;
  readonly shards: number;
}

/** Shards of a backup, which are imported in place of those of the flow. */
export interface ReshardSource {
  readonly shards: number;
  readonly routingShards: number;
  /** Makes the workspace of a shard in a new folder. Returns its copy id. */
  place(shard: number, workspace: string): Promise<string>;
}

/** The folder of the workspaces of a source, within the folder of the new shards. */
const SOURCE = "source";
/** The folder of the documents, within the folder of the new shards. */
const DOCUMENTS = "documents";

/**
 * Moves the documents of one deployment to another number of shards, while the flow does not run.
 * Reads an in-sync copy of each old shard, makes the first copy of each new shard next to the old
 * data, and swaps. The old data does not change before the swap. The flow makes the other copies
 * when it runs. Returns lines for the user. Throws `ALREADY_EXISTS` if the flow runs, `NOT_FOUND`
 * for a deployment that is not in the flow file, `FAILED_PRECONDITION` if the reshard is not
 * possible.
 */
export async function reshardFlow(
  choice: ReshardOptions,
  deps: SupervisorDeps,
  source?: ReshardSource,
): Promise<readonly string[]> {
  const flow = await loadFlow(choice);
  if (!flow.deployments.some(({ name }) => name === choice.deployment)) {
    const names = flow.deployments.map(({ name }) => name).join(", ");
    throw new JflowError(
      "NOT_FOUND",
      `the flow file has no executor "${choice.deployment}": its executors are ${names}`,
    );
  }
  const id = flowId(flow.file);
  const runtime = runtimePaths(deps.runtimeRoot, id);
  const claim = await claimFlow(deps.runtimeRoot, runtime, `jflow-flow-${id}`);
  try {
    return await reshardClaimed(flow, choice, { deps, runtime, source });
  } finally {
    await claim.release();
  }
}

async function reshardClaimed(
  flow: Flow,
  choice: ReshardOptions,
  {
    deps,
    runtime,
    source,
  }: { deps: SupervisorDeps; runtime: RuntimePaths; source: ReshardSource | undefined },
): Promise<readonly string[]> {
  const { deployment, shards: wanted } = choice;
  const paths = await makeFlowFolder(flow, deps.stateDir);
  const folder = deploymentFolder(flow, deployment, paths);
  const workspaces = await claimWorkspaces([folder]);
  try {
    const stateFile = await StateFile.open(paths.stateFile);
    await finishReshard(folder, stateFile);
    const plan = source === undefined ? planOwn(stateFile, choice) : planSource(source, wanted);
    const assembly = await assemble({ flow, paths, socket: () => runtime.socket, deps });
    const tools = { assembly, register: new ChildRegister(runtime.childrenFile) };
    const reshard = { deployment, folder, ...plan, wanted, source };
    return await carryOut(reshard, tools, stateFile);
  } finally {
    // A failed reshard leaves all documents that were read. A successful one has renamed the
    // folder.
    await rm(draftFolder(folder), { recursive: true, force: true });
    workspaces.release();
  }
}

type HashPlan = Pick<Reshard, "shards" | "routingShards">;

function planOwn(stateFile: StateFile, { deployment, shards: wanted }: ReshardOptions): HashPlan {
  const shards = stateFile.shardsOf(deployment);
  const before = stateFile.routingShardsOf(deployment, shards ?? wanted);
  const question = { deployment, shards, routingShards: before, wanted };
  const { routingShards } = planReshard(question);
  return { shards: shards!, routingShards };
}

function planSource({ shards, routingShards }: ReshardSource, wanted: number): HashPlan {
  return { shards, routingShards: divideHashSpace(routingShards, wanted) };
}

interface Reshard {
  readonly deployment: string;
  /** `<workspace>/<deployment>`. */
  readonly folder: string;
  readonly shards: number;
  readonly wanted: number;
  readonly routingShards: number;
  readonly source: ReshardSource | undefined;
}

async function carryOut(
  reshard: Reshard,
  tools: TaskDeps,
  stateFile: StateFile,
): Promise<readonly string[]> {
  const { deployment, folder, shards, wanted, routingShards, source } = reshard;
  const draft = draftFolder(folder);
  // A folder of an earlier attempt that was not finished.
  await rm(draft, { recursive: true, force: true });
  await makeDurableFolder(join(draft, DOCUMENTS));
  const exported: Exported[] = [];
  for (let shard = 0; shard < shards; shard += 1) {
    const found = await findShard(reshard, stateFile, shard);
    if (found.inSync.length > 0) exported.push(await exportShard(reshard, tools, shard, found));
  }
  const terms = [];
  for (let shard = 0; shard < wanted; shard += 1) {
    const workspace = join(draft, String(shard), "0");
    const task = { kind: "import", files: exported.map(({ files }) => files[shard]!) } as const;
    const { copyId } = await runTask(tools, deployment, { shard, shards: wanted, workspace, task });
    terms.push({ term: 1, inSync: [copyId] });
  }
  await rm(join(draft, DOCUMENTS), { recursive: true });
  await rm(join(draft, SOURCE), { recursive: true, force: true });
  await commitReshard(folder, { deployment, state: { shards: wanted, routingShards, terms } });
  const aside = await finishReshard(folder, stateFile);
  const documents = exported.reduce((sum, part) => sum + part.documents, 0);
  return [
    `"${deployment}" now has ${countOf(documents, "document")} in ${countOf(wanted, "shard")}, before in ${shards}`,
    source === undefined
      ? `set shards: ${wanted} in the flow file, then start the flow: it makes the other copies`
      : "start the flow with jflow up: it makes the other copies",
    ...exported.flatMap(({ passedOver }) =>
      passedOver.map((reason) => `skipped a copy that cannot be read: ${reason}`),
    ),
    ...(aside === undefined
      ? []
      : [`the old data is in ${aside}: remove the folder once the new data is checked`]),
  ];
}

/** The workspaces of one old shard, and the copies of which one must be read. */
interface OldShard {
  readonly workspaces: string;
  readonly inSync: readonly string[];
}

async function findShard(
  { deployment, folder, source }: Reshard,
  stateFile: StateFile,
  shard: number,
): Promise<OldShard> {
  if (source === undefined) {
    const inSync = stateFile.shard(deployment, shard)?.inSync ?? [];
    return { workspaces: join(folder, String(shard)), inSync };
  }
  const workspaces = join(draftFolder(folder), SOURCE, String(shard));
  return { workspaces, inSync: [await source.place(shard, join(workspaces, "0"))] };
}

/** The documents of one old shard: a file for each new shard. */
interface Exported {
  readonly documents: number;
  readonly files: readonly string[];
  /** The copies that could not be read, with the reasons. */
  readonly passedOver: readonly string[];
}

/** Reads one old shard from the first in-sync copy that can be read. */
async function exportShard(
  { deployment, folder, shards, wanted, routingShards }: Reshard,
  tools: TaskDeps,
  shard: number,
  { workspaces, inSync }: OldShard,
): Promise<Exported> {
  const reasons: string[] = [];
  for (const replica of await listReplicas(workspaces)) {
    // Each attempt has its own files: an attempt that fails leaves its files behind.
    const files = Array.from({ length: wanted }, (_, to) =>
      join(draftFolder(folder), DOCUMENTS, `${shard}.${replica}.${to}`),
    );
    const task = { kind: "export", inSync, files, routingShards } as const;
    const workspace = join(workspaces, replica);
    try {
      const { documents } = await runTask(tools, deployment, { shard, shards, workspace, task });
      return { documents, files, passedOver: reasons };
    } catch (error) {
      reasons.push(`${deployment}/${shard}/${replica}: ${messageOf(error)}`);
    }
  }
  throw new JflowError(
    "FAILED_PRECONDITION",
    [
      `cannot read an in-sync copy of ${deployment}/${shard}: the data is unchanged`,
      ...reasons,
    ].join("\n"),
  );
}

async function listReplicas(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => /^\d+$/.test(name)).toSorted((a, b) => Number(a) - Number(b));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}
