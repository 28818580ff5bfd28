import { readFile } from "node:fs/promises";
import { z } from "zod";
import { JflowError } from "../../util/errors.ts";
import { chooseRoutingShards, ROUTING_RULE } from "../../model/shard/routing.ts";
import type { PersistedShard } from "../../replication/replication.ts";
import { hasCode, messageOf } from "../../util/error-code.ts";
import { replaceFile } from "../../util/files/replace-file.ts";
import { isJsonObject } from "../../util/json-object.ts";
import { newerFormat } from "../../util/newer-format.ts";

const SHARD = z.strictObject({
  term: z.int().nonnegative(),
  inSync: z.array(z.string().min(1)).min(1),
});
/** The recorded state of one deployment. */
export const DEPLOYMENT = z.strictObject({
  shards: z.int().positive(),
  routingShards: z.int().positive(),
  /** The terms by shard number; null for a shard that never had a primary. */
  terms: z.array(SHARD.nullable()),
  /** Absent for data that was first written under the first version of the defaults. */
  defaults: z.int().optional(),
});
/** The version of the defaults that decide how data is kept, for data that is new now. */
const DEFAULTS = 2;
const STATE = z.strictObject({
  schema: z.literal("jflow.state/v1"),
  routing: z.literal(ROUTING_RULE),
  deployments: z.record(z.string(), DEPLOYMENT),
});

type State = z.infer<typeof STATE>;
export type DeploymentState = z.infer<typeof DEPLOYMENT>;

/**
 * `state.json`: the number of shards of each deployment with state, and the term and in-sync set of
 * each shard.
 */
export class StateFile {
  readonly #path: string;
  readonly #deployments: Map<string, DeploymentState>;
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, state: State) {
    this.#path = path;
    this.#deployments = new Map(Object.entries(state.deployments));
  }

  /**
   * Reads `state.json`, or begins a new one. Throws `DATA_LOSS` for a damaged file: the file
   * decides which writes are acknowledged.
   */
  static async open(path: string): Promise<StateFile> {
    return new StateFile(path, await readState(path));
  }

  /** Undefined for a deployment without recorded state. */
  shardsOf(deployment: string): number | undefined {
    return this.#deployments.get(deployment)?.shards;
  }

  /** The recorded size of the hash space, or the size for new data. */
  routingShardsOf(deployment: string, shards: number): number {
    return this.#deployments.get(deployment)?.routingShards ?? chooseRoutingShards(shards);
  }

  /**
   * Returns the deployments whose data was first written before texts were ranked by default.
   */
  listEarlier(): ReadonlySet<string> {
    const earlier = [...this.#deployments].filter(([, { defaults = 1 }]) => defaults < DEFAULTS);
    return new Set(earlier.map(([name]) => name));
  }

  shard(deployment: string, shard: number): PersistedShard | null {
    return this.#deployments.get(deployment)?.terms[shard] ?? null;
  }

  /** Records a deployment as one with state. Does nothing if it is recorded. */
  record(deployment: string, shards: number): void {
    if (this.#deployments.has(deployment)) return;
    const terms = Array.from({ length: shards }, () => null);
    const routingShards = chooseRoutingShards(shards);
    this.#deployments.set(deployment, { shards, routingShards, terms, defaults: DEFAULTS });
  }

  /** Replaces the whole record of a deployment. Resolves when the new state is on disk. */
  async replaceDeployment(deployment: string, next: DeploymentState): Promise<void> {
    const { defaults } = this.#deployments.get(deployment) ?? {};
    this.#deployments.set(deployment, { ...next, ...(defaults && { defaults }) });
    await this.#inTurn(async () => this.#write());
  }

  /**
   * Resolves when the state of the shard is on disk. Rejects with the error of the file system; the
   * recorded state then does not change.
   */
  async saveShard(deployment: string, shard: number, next: PersistedShard): Promise<void> {
    await this.#inTurn(async () => {
      const entry = this.#deployments.get(deployment);
      if (entry === undefined)
        throw new JflowError(
          "INTERNAL",
          `${deployment} was not recorded before its shard ${shard}`,
        );
      const before = entry.terms[shard] ?? null;
      entry.terms[shard] = { term: next.term, inSync: [...next.inSync] };
      try {
        await this.#write();
      } catch (error) {
        entry.terms[shard] = before;
        throw error;
      }
    });
  }

  async #inTurn(save: () => Promise<void>): Promise<void> {
    const saved = this.#last.then(save);
    this.#last = saved.catch(() => undefined);
    await saved;
  }

  async #write(): Promise<void> {
    const whole: State = {
      schema: "jflow.state/v1",
      routing: ROUTING_RULE,
      deployments: Object.fromEntries(this.#deployments),
    };
    await replaceFile(this.#path, `${JSON.stringify(whole, null, 2)}\n`);
  }
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
      `${path} is damaged: ${why}\nThe file names the copies that hold every acknowledged write. Restore the file from a backup. Without a backup, move the file away and choose a copy of each shard: jflow reroute --allocate-stale <address> --accept-data-loss`,
      { cause: error },
    );
  }
}

function isNewer(json: unknown): boolean {
  const schema = isJsonObject(json) ? String(json["schema"]) : "";
  return Number(/^jflow\.state\/v(\d+)$/.exec(schema)?.[1] ?? 1) > 1;
}

/**
 * Checks that the flow has the numbers of shards that its data was written with. Throws
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
      `"${name}" has data in ${count(recorded)}, but the flow file says ${count(shards)}: set shards back to ${recorded}, or stop the flow and run jflow reshard ${name} --shards ${shards}`,
  );
  throw new JflowError(
    "FAILED_PRECONDITION",
    `the number of shards cannot change once there is data\n${lines.join("\n")}`,
  );
}

function count(shards: number): string {
  return shards === 1 ? "1 shard" : `${shards} shards`;
}
