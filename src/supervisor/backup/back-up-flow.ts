import { rm } from "node:fs/promises";
import { join } from "node:path";
import { BACKUP_MANIFEST, encodeBackup, type BackupPart } from "../../model/shard/backup.ts";
import { sumFolder } from "../../util/files/folder-sums.ts";
import { makeDurableFolder } from "../../util/files/durable-folder.ts";
import { replaceFile } from "../../util/files/replace-file.ts";
import { countOf } from "../../util/text/count-of.ts";
import { jflowVersion } from "../../util/version.ts";
import type { StateFile } from "../disk/state-file.ts";
import type { ReportStep } from "../operations/operations.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";
import type { Shard } from "../shards/shard.ts";
import { askPrimary, type AskCopy } from "./ask-primary.ts";

/** The collaborators of a backup and of a restore. */
export interface BackupDeps {
  readonly supervisor: FlowSupervisor;
  readonly stateFile: StateFile;
  readonly ask: AskCopy;
}

/**
 * Writes a backup of a deployment into a folder that is empty: a folder for each shard, and the
 * manifest last. Resolves with a line for each shard.
 */
export async function backUpFlow(
  deps: BackupDeps,
  { deployment, folder }: { deployment: string; folder: string },
  step: ReportStep,
): Promise<string> {
  const { supervisor, stateFile } = deps;
  const createdAt = new Date().toISOString();
  const shards = shardsOf(supervisor, deployment);
  const parts: BackupPart[] = [];
  for (const shard of shards) {
    const part = await backUpShard(deps, shard, folder);
    const bytes = part.files.reduce((sum, { size }) => sum + size, 0);
    step(`${shard.address}: all writes up to ${part.position.seq}, ${bytes} bytes`);
    parts.push(part);
  }
  const manifest = {
    jflow: jflowVersion(),
    executor: deployment,
    uses: usesOf(supervisor, deployment),
    createdAt,
    routingShards: stateFile.routingShardsOf(deployment, shards.length),
    shards: parts,
  };
  await replaceFile(join(folder, BACKUP_MANIFEST), encodeBackup(manifest));
  return `backed up ${countOf(shards.length, "shard")} of ${deployment} into ${folder}`;
}

/** Writes one shard into `<folder>/<shard>`, durably. */
async function backUpShard(
  { supervisor, ask }: BackupDeps,
  shard: Shard,
  folder: string,
): Promise<BackupPart> {
  const own = join(folder, String(shard.shard));
  const task = { kind: "backUp", folder: own } as const;
  await makeDurableFolder(folder);
  const position = await askPrimary(supervisor, shard, {
    task,
    // A primary that ended may have left a part of the backup.
    ask: async (replica, each) => {
      await rm(own, { recursive: true, force: true });
      return ask(replica, each);
    },
  });
  const { seq, term } = position;
  return {
    shard: shard.shard,
    position: { seq, term },
    inSync: [...shard.driver.view.inSync],
    files: [...(await sumFolder(own))],
  };
}

/** Returns the shards with state of a deployment, in their order. */
export function shardsOf({ shards }: FlowSupervisor, deployment: string): readonly Shard[] {
  return shards.all
    .filter((shard) => shard.deployment === deployment)
    .toSorted((a, b) => a.shard - b.shard);
}

/** Returns `uses` of a deployment, as the user wrote it. */
export function usesOf({ flow }: FlowSupervisor, deployment: string): string {
  return flow.deployments.find(({ name }) => name === deployment)!.usesText;
}
