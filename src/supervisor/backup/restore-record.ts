import { readFile, rm } from "node:fs/promises";
import { z } from "zod";
import { hasCode } from "../../util/error-code.ts";
import { replaceFile } from "../../util/files/replace-file.ts";

const RECORD = z.strictObject({
  deployment: z.string(),
  folder: z.string(),
  /** The addresses of the shards, and of those that are restored. */
  shards: z.array(z.string()),
  restored: z.array(z.string()),
});

/** A restore that changes shards. */
export type RunningRestore = Readonly<z.infer<typeof RECORD>>;

/** `restore.json`: exists while a restore changes shards, or after it was interrupted. */
export class RestoreRecord {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async write(restore: RunningRestore): Promise<void> {
    await replaceFile(this.#path, `${JSON.stringify(restore, undefined, 2)}\n`);
  }

  async remove(): Promise<void> {
    await rm(this.#path, { force: true });
  }

  /**
   * Removes the record of an interrupted restore. Returns a notice for the user, if there is one.
   */
  async takeNotice(): Promise<string | undefined> {
    const text = await readFile(this.#path, "utf8").catch((error: unknown) => {
      if (hasCode(error, "ENOENT")) return undefined;
      throw error;
    });
    await this.remove();
    const parsed = text === undefined ? undefined : RECORD.safeParse(JSON.parse(text));
    return parsed?.success ? describeInterrupted(parsed.data) : undefined;
  }
}

function describeInterrupted({ deployment, folder, shards, restored }: RunningRestore): string {
  const left = shards.filter((shard) => !restored.includes(shard));
  const done = restored.length === 0 ? "" : `${restored.join(", ")}: the data of the backup; `;
  return `the restore of ${deployment} from ${folder} was interrupted. ${done}${left.join(", ")}: the whole earlier data, or the whole data of the backup. Run jflow restore ${deployment} ${folder} again`;
}
