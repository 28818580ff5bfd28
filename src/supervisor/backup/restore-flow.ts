import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { BackupManifest, BackupPart } from "../../model/shard/backup.ts";
import { copyFolder } from "../../util/files/copy-folder.ts";
import { countOf } from "../../util/text/count-of.ts";
import { deploymentFolder } from "../decide/child-specs.ts";
import type { ReportStep } from "../operations/operations.ts";
import { runTask, type TaskDeps } from "../reshard/run-task.ts";
import type { Shard } from "../shards/shard.ts";
import { askPrimary } from "./ask-primary.ts";
import { shardsOf, type BackupDeps } from "./back-up-flow.ts";
import { verifyBackup } from "./read-backup.ts";
import type { RestoreRecord } from "./restore-record.ts";
import { pruneStaged, recordApplied, stagedFolder } from "./staged-backups.ts";

/** The collaborators of a restore. */
export interface RestoreDeps extends BackupDeps, TaskDeps {
  readonly record: RestoreRecord;
}

/** A backup that is restored into a running deployment. */
export interface RestoreOptions {
  readonly deployment: string;
  /** The folder of the backup. */
  readonly folder: string;
  readonly backup: BackupManifest;
}

/**
 * Replaces the data of a running deployment by a backup, shard by shard. Checks all files and loads
 * every shard in a process of its own before the first shard changes. Each shard then takes the
 * backup by one write of its log, so every copy has either the whole earlier data or the whole data
 * of the backup. Resolves with the last line. Throws `DATA_LOSS` for a damaged backup, and the
 * error of the executor that cannot load it.
 */
export async function restoreFlow(
  deps: RestoreDeps,
  options: RestoreOptions,
  step: ReportStep,
): Promise<string> {
  const { deployment, folder, backup } = options;
  await verifyBackup(folder, backup);
  step(`checked all files of the backup of ${backup.createdAt}`);
  const name = `${backup.createdAt.replaceAll(/\D/g, "")}-${randomBytes(6).toString("hex")}`;
  const shards = shardsOf(deps.supervisor, deployment);
  let documents = 0;
  for (const shard of shards) documents += await stage(deps, options, { shard, name });
  step(`loaded ${countOf(documents, "document")}`);
  const addresses = shards.map(({ address }) => address);
  const restored: string[] = [];
  let lost = 0;
  for (const shard of shards) {
    await deps.record.write({ deployment, folder, shards: addresses, restored });
    const part = backup.shards.find((each) => each.shard === shard.shard)!;
    lost += await restoreShard(deps, shard, { name, part });
    restored.push(shard.address);
    step(`${shard.address} has the data of the backup`);
  }
  await deps.record.remove();
  return [
    `restored ${deployment} from ${folder}: ${countOf(documents, "document")}`,
    ...(lost === 0
      ? []
      : [
          `${countOf(lost, "write")} acknowledged after the backup ${lost === 1 ? "is" : "are"} gone, counted in each shard`,
        ]),
  ].join("\n");
}

/** Copies the backup of a shard next to its workspaces, and loads it. Returns its documents. */
async function stage(
  { assembly, register }: TaskDeps,
  { deployment, folder, backup }: RestoreOptions,
  { shard: { shard }, name }: { shard: Shard; name: string },
): Promise<number> {
  const shardFolder = shardFolderOf({ assembly }, deployment, shard);
  await pruneStaged(shardFolder);
  const workspace = stagedFolder(shardFolder, name);
  await copyFolder(join(folder, String(shard)), workspace);
  const place = {
    shard,
    shards: backup.shards.length,
    workspace,
    task: { kind: "prepare" },
  } as const;
  return (await runTask({ assembly, register }, deployment, place)).documents;
}

/** Returns the number of acknowledged writes that the backup does not hold. */
async function restoreShard(
  deps: RestoreDeps,
  shard: Shard,
  { name, part }: { name: string; part: BackupPart },
): Promise<number> {
  const isSameHistory = shard.driver.view.inSync.some((copyId) => part.inSync.includes(copyId));
  const task = { kind: "restore", name } as const;
  const { seq } = await askPrimary(deps.supervisor, shard, { task, ask: deps.ask });
  const shardFolder = shardFolderOf(deps, shard.deployment, shard.shard);
  await recordApplied(stagedFolder(shardFolder, name), seq);
  return isSameHistory ? Math.max(0, seq - 1 - part.position.seq) : 0;
}

function shardFolderOf(
  { assembly }: Pick<TaskDeps, "assembly">,
  deployment: string,
  shard: number,
): string {
  return join(deploymentFolder(assembly.flow, deployment, assembly.specPaths), String(shard));
}
