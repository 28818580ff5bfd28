import { access, constants, statfs } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { messageOf } from "../../../util/error-code.ts";
import { sampleOpenFiles } from "../../../util/process/open-files.ts";
import { formatBytes } from "../../../util/text/format-bytes.ts";
import { judge, type CheckFinding } from "./finding.ts";

/** package.json of jflow names the same version. */
const MIN_NODE = [20, 19] as const;
const MIN_OPEN_FILES = 1024;
const LITTLE_DISK_BYTES = 1024 ** 3;
const TOO_LITTLE_DISK_BYTES = 100 * 1024 ** 2;

/** Checks Node.js, the native module, the limits and the disk of a folder. */
export async function checkMachine(
  folder: string,
  path: string | undefined,
): Promise<readonly CheckFinding[]> {
  return [
    checkNode(process.versions.node),
    await checkNativeModule(path ?? ""),
    checkOpenFiles(sampleOpenFiles(process.pid)?.limit),
    await checkDisk(folder),
    await checkTemporaryFolder(tmpdir()),
  ];
}

export function checkNode(version: string): CheckFinding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isFine = major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]);
  return judge("node", isFine, `Node.js ${version}`, {
    level: "error",
    text: `Node.js ${version} is older than ${MIN_NODE.join(".")}`,
    fix: "install Node.js 22",
  });
}

/** Without the module, large indexes are searched exactly and slowly. */
async function checkNativeModule(path: string): Promise<CheckFinding> {
  try {
    createRequire(import.meta.url)("hnswlib-node");
    return { level: "ok", check: "hnswlib-node", text: "hnswlib-node loads" };
  } catch (error) {
    const missing = await missingPrograms(path, ["c++", "make", "python3"]);
    return {
      level: "warn",
      check: "hnswlib-node",
      text: `hnswlib-node does not load, so every search compares all vectors: ${messageOf(error).split("\n")[0]}`,
      fix:
        missing.length === 0
          ? "run npm rebuild hnswlib-node"
          : `install ${missing.join(", ")}, then run npm rebuild hnswlib-node`,
    };
  }
}

/** Returns the programs that are in no folder of `PATH`. */
async function missingPrograms(path: string, names: readonly string[]): Promise<readonly string[]> {
  const folders = path.split(delimiter).filter((folder) => folder !== "");
  const found = await Promise.all(
    names.map(async (name) =>
      Promise.any(folders.map(async (folder) => access(join(folder, name), constants.X_OK))).then(
        () => true,
        () => false,
      ),
    ),
  );
  return names.filter((_, i) => !found[i]);
}

export function checkOpenFiles(limit: number | undefined): CheckFinding {
  if (limit === undefined)
    return { level: "ok", check: "open files", text: "this system does not show the limit" };
  return judge("open files", limit >= MIN_OPEN_FILES, `at most ${limit} open files`, {
    level: "warn",
    text: `at most ${limit} open files: a gateway with many clients needs more`,
    fix: "run ulimit -n 65536 before jflow up",
  });
}

async function checkDisk(folder: string): Promise<CheckFinding> {
  const { bavail, bsize } = await statfs(folder);
  return judgeDisk(folder, bavail * bsize);
}

export function judgeDisk(folder: string, free: number): CheckFinding {
  const text = `${formatBytes(free)} are free in ${folder}`;
  return judge("disk", free >= LITTLE_DISK_BYTES, text, {
    level: free < TOO_LITTLE_DISK_BYTES ? "error" : "warn",
    text,
    fix: "free some space: a full disk stops writes",
  });
}

async function checkTemporaryFolder(folder: string): Promise<CheckFinding> {
  const isFine = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  return judge("temporary folder", isFine, `${folder} is writable`, {
    level: "error",
    text: `${folder} is not writable`,
    fix: "set TMPDIR to a folder of yours",
  });
}
