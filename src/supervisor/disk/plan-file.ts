import { readFile, rm } from "node:fs/promises";
import { z } from "zod";
import { hasCode, messageOf } from "../../util/error-code.ts";
import { MAX_PROCESSES_PER_DEPLOYMENT } from "../../util/limits/flow-file.ts";
import { JflowError } from "../../util/errors.ts";
import { replaceFile } from "../../util/files/replace-file.ts";

const PLAN = z.strictObject({
  schema: z.literal("jflow.plan/v1"),
  /** The numbers of replicas that differ from the flow file, by deployment. */
  replicas: z.record(z.string(), z.int().positive().max(MAX_PROCESSES_PER_DEPLOYMENT)),
});

/**
 * `plan.json`: the part of the plan in effect that the flow file does not hold. The file exists
 * only while the flow runs, or after its supervisor ended unexpectedly.
 */
export class PlanFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Returns the numbers of replicas, by deployment. Throws `DATA_LOSS` for a file that is damaged
   * or of another version, and the error of the file system.
   */
  async read(): Promise<Readonly<Record<string, number>>> {
    try {
      return this.#parse(await readFile(this.#path, "utf8"));
    } catch (error) {
      if (hasCode(error, "ENOENT")) return {};
      throw error;
    }
  }

  #parse(text: string): Readonly<Record<string, number>> {
    try {
      return PLAN.parse(JSON.parse(text)).replicas;
    } catch (error) {
      const problem = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
      throw new JflowError("DATA_LOSS", `${this.#path} is not valid: ${problem}`, { cause: error });
    }
  }

  /** Resolves when the numbers are on disk. Without numbers, the file is removed. */
  async write(replicas: Readonly<Record<string, number>>): Promise<void> {
    if (Object.keys(replicas).length === 0) return this.remove();
    const plan = { schema: "jflow.plan/v1", replicas };
    await replaceFile(this.#path, `${JSON.stringify(plan, null, 2)}\n`);
  }

  async remove(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}
