import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { runtimePaths } from "../../../model/paths.ts";
import { hasCode, messageOf } from "../../../util/error-code.ts";
import { isJsonObject } from "../../../util/json-object.ts";
import { isAlive } from "../../../util/process/process-identity.ts";
import type { CheckFinding } from "./finding.ts";

/** The runtime folder of a supervisor that is gone. */
export interface StaleFolder {
  readonly folder: string;
  /** The flow file, if the folder names one. */
  readonly file: string | undefined;
  /** The pids of processes that the supervisor left. */
  readonly orphans: readonly number[];
}

/**
 * Returns the runtime folders of flows that do not run. `root` holds a folder for each flow;
 * `running` are the ids of the flows whose supervisors answer. A folder whose supervisor lives, for
 * example because the flow starts, is not stale.
 */
export async function findStale(
  root: string,
  running: ReadonlySet<string>,
): Promise<readonly StaleFolder[]> {
  const names = await readdir(root).catch((error: unknown) => {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  });
  const found = await Promise.all(
    names
      .filter((name) => /^[0-9a-f]{8}$/.test(name) && !running.has(name))
      .map(async (id) => readStale(root, id)),
  );
  return found.filter((stale) => stale !== undefined);
}

async function readStale(root: string, id: string): Promise<StaleFolder | undefined> {
  const { folder, flowFile, childrenFile } = runtimePaths(root, id);
  const flow = await readJson(flowFile);
  const { pid, file } = isJsonObject(flow) ? flow : {};
  if (typeof pid === "number" && isAlive({ pid, startTime: null })) return undefined;
  const children = await readJson(childrenFile);
  const orphans = (Array.isArray(children) ? (children as readonly unknown[]) : [])
    .filter(isJsonObject)
    .map((child) => ({ pid: Number(child["pid"]), startTime: startTimeOf(child["startTime"]) }))
    .filter((child) => child.pid > 0 && isAlive(child));
  return {
    folder,
    file: typeof file === "string" ? file : undefined,
    orphans: orphans.map((child) => child.pid),
  };
}

function startTimeOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as unknown;
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR") || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Words what was found, and removes it if `clean` is set and no process was left. */
export async function reportStale(
  stale: readonly StaleFolder[],
  clean: boolean,
): Promise<readonly CheckFinding[]> {
  const check = "runtime files";
  if (stale.length === 0) return [{ level: "ok", check, text: "no flow left runtime files" }];
  return Promise.all(
    stale.map(async ({ folder, file, orphans }): Promise<CheckFinding> => {
      const whose = file === undefined ? folder : `${folder} of ${file}`;
      if (orphans.length > 0)
        return {
          level: "error",
          check,
          text: `a supervisor that is gone left processes: ${orphans.join(", ")} (${whose})`,
          fix: `run jflow down ${file ?? ""}`.trimEnd(),
        };
      if (!clean)
        return {
          level: "warn",
          check,
          text: `a supervisor that is gone left ${whose}`,
          fix: "run jflow doctor --clean",
        };
      return removeStale(folder);
    }),
  );
}

async function removeStale(folder: string): Promise<CheckFinding> {
  const check = "runtime files";
  try {
    await rm(join(folder), { recursive: true });
    return { level: "ok", check, text: `removed ${folder}` };
  } catch (error) {
    return { level: "error", check, text: `cannot remove ${folder}: ${messageOf(error)}` };
  }
}
