import { readFile } from "node:fs/promises";
import { z } from "zod";
import { JflowError } from "../../util/errors.ts";
import { chooseRoutingShards, ROUTING_RULE } from "../../model/routing.ts";
import type { PersistedShard } from "../../replication/replication.ts";
import { hasCode, messageOf } from "../../util/error-code.ts";
import { replaceFile } from "../../util/files/replace-file.ts";
import { isJsonObject } from "../../util/json-object.ts";
import { newerFormat } from "../../util/newer-format.ts";

const SHARD = z.strictObject({
  term: z.int().nonnegative(),
  inSync: z.array(z.string().min(1)).min(1),
});
/** What is recorded of one deployment. */
export const DEPLOYMENT = z.strictObject({
  shards: z.int().positive(),
  routingShards: z.int().positive(),
  /** By shard number; null: never promoted. */
  terms: z.array(SHARD.nullable()),
});
const STATE = z.strictObject({
  schema: z.literal("jflow.state/v1"),
  routing: z.literal(ROUTING_RULE),
  deployments: z.record(z.string(), DEPLOYMENT),
});

type State = z.infer<typeof STATE>;
export type DeploymentState = z.infer<typeof DEPLOYMENT>;

/**
 * `state.json`: for each deployment with state how many shards its data has, and for each shard the
 * term and the in-sync set.
 */
export interface StateFile {
  readonly deployments: readonly string[];
  /** Undefined for a deployment without recorded state. */
  shardsOf(deployment: string): number | undefined;
  /** The recorded size of the hash space, else the one chosen for new data. */
  routingShardsOf(deployment: string, shards: number): number;
  shard(deployment: string, shard: number): PersistedShard | null;
  /** Takes a deployment down as one with state; does nothing where it is recorded. */
  record(deployment: string, shards: number): void;
  /** Everything recorded of a deployment is something else now; resolves when that is on disk. */
  replaceDeployment(deployment: string, state: DeploymentState): Promise<void>;
  /**
   * Resolves when that state is on disk. Rejects with what the file system says: nothing was
   * changed then.
   */
  saveShard(deployment: string, shard: number, state: PersistedShard): Promise<void>;
}

/**
 * Reads `state.json`, or begins one. Throws `DATA_LOSS` for a file that cannot be understood: it
 * decides what is acknowledged. Throws `FAILED_PRECONDITION` for one of a newer jflow.
 */
export async function openStateFile(path: string): Promise<StateFile> {
  const state = await readState(path);
  const deployments = new Map<string, DeploymentState>(Object.entries(state.deployments));
  let last: Promise<void> = Promise.resolve();

  const write = async (): Promise<void> => {
    const whole: State = {
      schema: "jflow.state/v1",
      routing: ROUTING_RULE,
      deployments: Object.fromEntries(deployments),
    };
    await replaceFile(path, `${JSON.stringify(whole, null, 2)}\n`);
  };
  return {
    deployments: [...deployments.keys()],
    shardsOf: (deployment) => deployments.get(deployment)?.shards,
    routingShardsOf: (deployment, shards) =>
      deployments.get(deployment)?.routingShards ?? chooseRoutingShards(shards),
    shard: (deployment, shard) => deployments.get(deployment)?.terms[shard] ?? null,
    record(deployment, shards) {
      if (deployments.has(deployment)) return;
      const terms = Array.from({ length: shards }, () => null);
      deployments.set(deployment, { shards, routingShards: chooseRoutingShards(shards), terms });
    },
    async replaceDeployment(deployment, next) {
      deployments.set(deployment, next);
      const saved = last.then(write);
      last = saved.catch(() => undefined);
      await saved;
    },
    async saveShard(deployment, shard, next) {
      const save = async (): Promise<void> => {
        const entry = deployments.get(deployment);
        if (entry === undefined)
          throw new JflowError(
            "INTERNAL",
            `${deployment} was not recorded before its shard ${shard}`,
          );
        const before = entry.terms[shard] ?? null;
        entry.terms[shard] = { term: next.term, inSync: [...next.inSync] };
        try {
          await write();
        } catch (error) {
          entry.terms[shard] = before;
          throw error;
        }
      };
      const saved = last.then(save);
      last = saved.catch(() => undefined);
      await saved;
    },
  };
}

async function readState(path: string): Promise<State> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT"))
      return { schema: "jflow.state/v1", routing: ROUTING_RULE, deployments: {} };
    throw error;
  }
  try {
    const json: unknown = JSON.parse(text);
    if (isNewer(json)) throw newerFormat(path);
    return STATE.parse(json);
  } catch (error) {
    if (error instanceof JflowError) throw error;
    const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new JflowError(
      "DATA_LOSS",
      `${path} is damaged: ${why}\nIt names the copies that hold every acknowledged write: restore it from a backup. Without one, move it away: each shard then waits for jflow reroute --allocate-stale <address> --accept-data-loss`,
      { cause: error },
    );
  }
}

function isNewer(json: unknown): boolean {
  const schema = isJsonObject(json) ? String(json["schema"]) : "";
  return Number(/^jflow\.state\/v(\d+)$/.exec(schema)?.[1] ?? 1) > 1;
}

/**
 * Refuses a flow whose shard counts differ from those its data was written with. Throws
 * `FAILED_PRECONDITION`.
 */
export function checkShardCounts(
  file: StateFile,
  planned: readonly { readonly name: string; readonly shards: number }[],
): void {
  const wrong = planned.flatMap(({ name, shards }) => {
    const recorded = file.shardsOf(name);
    return recorded === undefined || recorded === shards ? [] : [{ name, shards, recorded }];
  });
  if (wrong.length === 0) return;
  const lines = wrong.map(
    ({ name, shards, recorded }) =>
      `"${name}" has data in ${count(recorded)}, the flow file says ${count(shards)}: set shards back to ${recorded}, or stop the flow and run jflow reshard ${name} --shards ${shards}`,
  );
  throw new JflowError(
    "FAILED_PRECONDITION",
    `the number of shards is fixed once there is data\n${lines.join("\n")}`,
  );
}

function count(shards: number): string {
  return shards === 1 ? "1 shard" : `${shards} shards`;
}
