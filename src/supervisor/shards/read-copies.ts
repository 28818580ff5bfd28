import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { COPY_ID_FILE } from "../../model/shard/copy-id.ts";
import { hasCode } from "../../util/error-code.ts";

/**
 * Returns the copy ids in the workspaces of a shard, by replica. `folder` holds the workspaces.
 * Throws the error of the file system.
 */
export function readCopies(folder: string): ReadonlyMap<number, string> {
  const names = unlessAbsent(() => readdirSync(folder)) ?? [];
  const copies = names
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const text = unlessAbsent(() => readFileSync(join(folder, name, COPY_ID_FILE), "utf8"));
      return text === undefined ? [] : [[Number(name), text.trimEnd()] as const];
    });
  return new Map(copies);
}

function unlessAbsent<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}
