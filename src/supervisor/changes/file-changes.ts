import { basename, dirname, relative } from "node:path";
import { compareFlows, type Flow, type FlowDifference } from "../../flow/flow.ts";
import { toJflowError } from "../../util/errors.ts";
import type { LoadedModule } from "../compile/load-modules.ts";
import type { FlowVariables } from "../../model/supervisor.ts";
import { loadFlow, type FlowFileOptions } from "../disk/load-flow.ts";
import { keptCounts, withReplicas, type FlowVersions } from "../plan/change-plan.ts";
import { listNames } from "../../util/text/list-names.ts";
import { SourceFiles } from "./source-files.ts";

/** The executors and the flow that run now. */
export interface RunningPart {
  /** The name of the deployment, or of the helper of one. */
  readonly name: string;
  readonly startedAt: Date | undefined;
}

/** Finds what a running flow does not have of its files, because they have changed. */
export class FileChanges {
  #options: FlowFileOptions;
  /** The entries, by the name of the deployment or helper. */
  readonly #sources: Map<string, Sources>;

  private constructor(options: FlowFileOptions, sources: Map<string, Sources>) {
    this.#options = options;
    this.#sources = sources;
  }

  /** Call this when the modules have been loaded. */
  static async record(
    options: FlowFileOptions,
    modules: ReadonlyMap<string, LoadedModule>,
  ): Promise<FileChanges> {
    return new FileChanges(options, await recordSources(modules, dirname(options.file)));
  }

  /** The deployment or helper runs the code of its files as they are now. */
  async recordAgain(name: string, modules: ReadonlyMap<string, LoadedModule>): Promise<void> {
    const own = new Map([...modules].filter(([address]) => nameOf(address) === name));
    for (const [each, sources] of await recordSources(own, dirname(this.#options.file)))
      this.#sources.set(each, sources);
  }

  /** Forgets the files of all other deployments and helpers. */
  retain(names: readonly string[]): void {
    for (const name of this.#sources.keys()) if (!names.includes(name)) this.#sources.delete(name);
  }

  /** The variables of the flow file. */
  get variables(): FlowVariables {
    return this.#options;
  }

  /** From now on, the flow file is read with these variables. */
  takeVariables({ variables, envFiles = [] }: FlowVariables): void {
    this.#options = { ...this.#options, variables, envFiles };
  }

  /** Returns the deployments and helpers in Python whose processes are older than their files. */
  async listOlderPython(parts: readonly RunningPart[]): Promise<readonly string[]> {
    const python = [...this.#sources].filter(([, { isPython }]) => isPython);
    const older = await Promise.all(
      python.map(async ([name]) => ((await this.#listNewer(name, parts)).length > 0 ? [name] : [])),
    );
    return older.flat();
  }

  /**
   * Returns one line for each part of the flow whose file has changed. `variables` replace those of
   * the start. A number of replicas that `jflow scale` set is not a change of the file.
   */
  async describe(
    flows: FlowVersions,
    parts: readonly RunningPart[],
    variables: FlowVariables = this.#options,
  ): Promise<readonly string[]> {
    const code = await Promise.all(
      [...this.#sources.keys()].map(async (name) => this.#describeCode(flows.running, name, parts)),
    );
    return [...(await this.#describeFile(flows, variables)), ...code.flat()];
  }

  async #describeFile(
    { running, taken }: FlowVersions,
    { variables, envFiles = [] }: FlowVariables,
  ): Promise<readonly string[]> {
    const file = basename(running.file);
    try {
      const now = await loadFlow({ file: running.file, variables, envFiles });
      const next = withReplicas(now, keptCounts({ running, taken }, now));
      return compareFlows(running, next).map((difference) => describeDifference(difference, file));
    } catch (error) {
      const { code, message } = toJflowError(error);
      return [
        code === "FLOW_INVALID"
          ? `${file} has changed and is not valid: jflow config shows the errors`
          : message,
      ];
    }
  }

  async #describeCode(
    flow: Flow,
    name: string,
    parts: readonly RunningPart[],
  ): Promise<readonly string[]> {
    const newer = await this.#listNewer(name, parts);
    if (newer.length === 0) return [];
    const names = newer.map((path) => relative(flow.directory, path)).toSorted();
    return [`${name} runs older code: ${listNames(names)} changed`];
  }

  /** Returns the paths of the files that are newer than the code of a deployment or helper. */
  async #listNewer(name: string, parts: readonly RunningPart[]): Promise<readonly string[]> {
    const { files, isPython } = this.#sources.get(name)!;
    const changed = await files.changed();
    // A Python process reads its files when it starts. Compiled code is that of the last load.
    const oldest = isPython ? oldestStart(name, parts) : 0;
    return changed.filter(({ changedMs }) => changedMs > oldest).map(({ path }) => path);
  }
}

interface Sources {
  readonly files: SourceFiles;
  readonly isPython: boolean;
}

async function recordSources(
  modules: ReadonlyMap<string, LoadedModule>,
  directory: string,
): Promise<Map<string, Sources>> {
  const byName = new Map([...modules].map(([address, module]) => [nameOf(address), module]));
  const sources = await Promise.all(
    [...byName].map(async ([name, module]) => {
      const files = await SourceFiles.record(module, directory);
      return [name, { files, isPython: module.python !== undefined }] as const;
    }),
  );
  return new Map(sources);
}

function nameOf(address: string): string {
  return address.split("/", 1)[0]!;
}

function oldestStart(name: string, parts: readonly RunningPart[]): number {
  const starts = parts.flatMap((part) =>
    part.name === name && part.startedAt !== undefined ? [part.startedAt.getTime()] : [],
  );
  return Math.min(...starts, Number.POSITIVE_INFINITY);
}

function describeDifference({ part, kind, keys }: FlowDifference, file: string): string {
  if (kind === "added") return `${part} does not run: ${file} has a new executor`;
  if (kind === "removed") return `${part} runs, but ${file} has no such executor any more`;
  return `${part} runs with older values: ${keys.join(", ")} changed in ${file}`;
}
