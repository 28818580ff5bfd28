import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { BACKUP_MANIFEST, parseBackup } from "../../model/shard/backup.ts";
import type { BackupRequest } from "../../model/supervisor.ts";
import { hasCode } from "../../util/error-code.ts";
import { JflowError } from "../../util/errors.ts";
import type { ChildRegister } from "../disk/child-register.ts";
import type { StateFile } from "../disk/state-file.ts";
import type { FlowChanges } from "../operations/flow-changes.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";
import type { AskCopy } from "./ask-primary.ts";
import { RestoreRecord } from "./restore-record.ts";
import { checkFits, readBackup } from "./read-backup.ts";
import { restoreFlow } from "./restore-flow.ts";
import { backUpFlow, shardsOf, usesOf, type BackupDeps } from "./back-up-flow.ts";
import { exportDocuments } from "./export-documents.ts";

interface BackupsDeps {
  readonly changes: FlowChanges;
  readonly stateFile: StateFile;
  readonly register: ChildRegister;
}

/** The commands that move the data of a running flow. Each begins an operation. */
export class Backups {
  readonly #supervisor: FlowSupervisor;
  readonly #deps: BackupsDeps;

  constructor(supervisor: FlowSupervisor, deps: BackupsDeps) {
    this.#supervisor = supervisor;
    this.#deps = deps;
  }

  /**
   * Begins an operation and returns its id. Throws `NOT_FOUND` for an unknown deployment,
   * `INVALID_ARGUMENT` for one without state or a folder that is not empty, and as
   * `Operations.begin` does.
   */
  async begin(request: BackupRequest, ask: AskCopy): Promise<number> {
    const { ask: kind, deployment } = request;
    const { changes, stateFile, register } = this.#deps;
    const supervisor = this.#supervisor;
    checkDeployment(supervisor, deployment);
    changes.operations.check({ kind, deployments: [deployment] });
    const deps = { supervisor, stateFile, ask };
    if (kind === "restore") return this.#restore(deps, request);
    await checkEmpty(request.folder);
    return changes.operations.begin({ kind, deployments: [deployment] }, async (step) =>
      kind === "backup"
        ? backUpFlow(deps, request, step)
        : exportDocuments({ ...deps, assembly: changes.assembly, register }, request),
    );
  }

  /** Checks the manifest first. Throws as `readBackup` and `checkFits` do. */
  async #restore(deps: BackupDeps, { deployment, folder }: BackupRequest): Promise<number> {
    const { changes, register, stateFile } = this.#deps;
    const backup = await readBackup(folder);
    const { length: shards } = shardsOf(this.#supervisor, deployment);
    const routingShards = stateFile.routingShardsOf(deployment, shards);
    const uses = usesOf(this.#supervisor, deployment);
    checkFits(backup, { deployment, uses, shards, routingShards });
    const { assembly } = changes;
    const tools = { ...deps, assembly, register, record: this.#record };
    return changes.operations.begin({ kind: "restore", deployments: [deployment] }, async (step) =>
      restoreFlow(tools, { deployment, folder, backup }, step),
    );
  }

  /** Shows a notice if an earlier supervisor ended in the middle of a restore. */
  async noticeInterrupted(): Promise<void> {
    const notice = await this.#record.takeNotice();
    if (notice !== undefined) this.#supervisor.notice(notice);
  }

  get #record(): RestoreRecord {
    return new RestoreRecord(join(this.#deps.changes.assembly.flowPaths.folder, "restore.json"));
  }
}

function checkDeployment(supervisor: FlowSupervisor, name: string): void {
  const { deployments } = supervisor.flow;
  if (!deployments.some((each) => each.name === name))
    throw new JflowError(
      "NOT_FOUND",
      `the flow has no executor ${name}: it has ${deployments.map((each) => each.name).join(", ")}`,
    );
  if (shardsOf(supervisor, name).length === 0)
    throw new JflowError("INVALID_ARGUMENT", `${name} keeps no state, so it has no data`);
}

async function checkEmpty(folder: string): Promise<void> {
  try {
    if ((await readdir(folder)).length === 0) return;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return;
    throw new JflowError("INVALID_ARGUMENT", `cannot write into ${folder}: ${String(error)}`);
  }
  throw new JflowError("INVALID_ARGUMENT", `${await describeContent(folder)}: name a new folder`);
}

/** Says whether a folder holds a backup. */
async function describeContent(folder: string): Promise<string> {
  const path = join(folder, BACKUP_MANIFEST);
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return `${folder} is not empty`;
  const { executor, createdAt } = parseBackup(text, path);
  return `${folder} holds a backup of ${executor} of ${createdAt}`;
}
