import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { messageOf } from "../util/error-code.ts";
import { STATE_DIR } from "./paths.ts";

/**
 * Returns why a runtime folder cannot be used: the error of the file system, the owner of the
 * nearest folder that exists, and the variable that selects another folder.
 */
export async function explainRuntimeFolder(path: string, error: unknown): Promise<string> {
  const owner = await findOtherOwner(path);
  const belongs =
    owner === undefined ? "" : `. ${owner.folder} belongs to ${await describeUser(owner.uid)}`;
  return `cannot use the runtime folder ${path}: ${messageOf(error)}${belongs}. Set XDG_RUNTIME_DIR to a folder of your own, or unset the variable`;
}

/** Returns why the output and the state of a flow cannot be written, and what moves them. */
export async function explainStateFolder(path: string, error: unknown): Promise<string> {
  const owner = await findOtherOwner(path);
  const belongs =
    owner === undefined ? "" : `. ${owner.folder} belongs to ${await describeUser(owner.uid)}`;
  return `cannot write ${path}: ${messageOf(error)}${belongs}. Set ${STATE_DIR} to a folder for the output and the state of flows`;
}

/** Returns why the runtime file next to a flow file cannot be read. */
export async function explainOtherUser(path: string, error: unknown): Promise<string> {
  const owner = await findOtherOwner(path);
  return owner === undefined
    ? `cannot read ${path}: ${messageOf(error)}`
    : `the flow belongs to ${await describeUser(owner.uid)}: run the command as that user (${messageOf(error)})`;
}

/** Returns undefined if the nearest folder that exists belongs to this user. */
async function findOtherOwner(path: string): Promise<{ folder: string; uid: number } | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined)
    return found.uid === process.getuid?.() ? undefined : { folder: path, uid: found.uid };
  return dirname(path) === path ? undefined : findOtherOwner(dirname(path));
}

/** Returns the name of a user, or the id where the machine does not list the user. */
async function describeUser(uid: number): Promise<string> {
  const users = await readFile("/etc/passwd", "utf8").catch(() => "");
  const line = users.split("\n").find((entry) => entry.split(":")[2] === String(uid));
  return line === undefined ? `user id ${uid}` : `user ${line.split(":")[0]!}`;
}
