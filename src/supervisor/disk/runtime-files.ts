import { existsSync, watch, type FSWatcher } from "node:fs";
import { rm } from "node:fs/promises";
import {
  runtimeFileText,
  runtimePaths,
  type RunningFlow,
  type RuntimePaths,
} from "../../model/paths.ts";
import { messageOf } from "../../util/error-code.ts";
import { replaceFile } from "../../util/files/replace-file.ts";
import { RUNTIME_FILES_WAIT_MS } from "../../util/limits/processes.ts";
import { makePrivateFolder } from "./runtime-folder.ts";

/** The collaborators of `RuntimeFiles`. */
export interface RuntimeFilesDeps {
  readonly flow: RunningFlow;
  /**
   * The folders that can hold the runtime files, the preferred one first. The first is claimed.
   */
  readonly roots: readonly [string, ...string[]];
  /** The file next to the flow file that names the root in use and the flow file. */
  readonly runtimeFile: string;
  /** Serves the commands of `jflow` on a socket. */
  listen(socket: string): Promise<{ close(): Promise<void> }>;
  /** Writes `children.json`. */
  saveChildren(path: string): Promise<void>;
  /** Shows a notice to the user. */
  notice(text: string): void;
}

/**
 * The runtime files of a running flow. The system may remove them under a running supervisor:
 * systemd removes `XDG_RUNTIME_DIR` at the last logout. Then they are made again, in the next
 * folder if the first one cannot be made.
 */
export class RuntimeFiles {
  readonly #deps: RuntimeFilesDeps;
  readonly #servers: { close(): Promise<void> }[] = [];
  #paths: RuntimePaths;
  #watcher: FSWatcher | undefined;
  #check: NodeJS.Timeout | undefined;
  #restoring: Promise<void> | undefined;
  #isClosed = false;

  private constructor(deps: RuntimeFilesDeps) {
    this.#deps = deps;
    this.#paths = runtimePaths(deps.roots[0], deps.flow.id);
  }

  /** Listens in the first root and writes the files. The folder exists. */
  static async open(deps: RuntimeFilesDeps): Promise<RuntimeFiles> {
    const files = new RuntimeFiles(deps);
    await files.#announce(deps.roots[0]);
    return files;
  }

  /** The path of the socket for a child that starts now. */
  get socket(): string {
    return this.#paths.socket;
  }

  /** Stops listening and removes the folder. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#unwatch();
    await this.#restoring;
    await Promise.all(this.#servers.map(async (server) => server.close()));
    await rm(this.#paths.folder, { recursive: true, force: true });
  }

  async #announce(root: string): Promise<void> {
    this.#paths = runtimePaths(root, this.#deps.flow.id);
    // Before the first file: a removal from now on is seen.
    this.#watch();
    // An earlier server keeps the connections that it has.
    this.#servers.push(await this.#deps.listen(this.#paths.socket));
    await replaceFile(this.#paths.flowFile, JSON.stringify(this.#deps.flow));
    const { flow, runtimeFile } = this.#deps;
    await replaceFile(runtimeFile, runtimeFileText({ root, file: flow.file })).catch(
      (error: unknown) =>
        this.#deps.notice(
          `commands with another XDG_RUNTIME_DIR cannot find the flow: ${messageOf(error)}`,
        ),
    );
  }

  #watch(): void {
    this.#watcher = watch(this.#paths.folder, () => this.#lookSoon());
    this.#watcher.on("error", () => this.#lookSoon());
  }

  #unwatch(): void {
    this.#watcher?.close();
    clearTimeout(this.#check);
  }

  /** Waits for the end of a removal: a file that is made meanwhile would make the removal fail. */
  #lookSoon(): void {
    clearTimeout(this.#check);
    this.#check = setTimeout(() => this.#look(), RUNTIME_FILES_WAIT_MS);
  }

  #look(): void {
    if (this.#isClosed || this.#restoring !== undefined || existsSync(this.#paths.socket)) return;
    this.#unwatch();
    this.#restoring = this.#restore().finally(() => {
      this.#restoring = undefined;
    });
  }

  async #restore(): Promise<void> {
    const removed = this.#paths.folder;
    const problems: string[] = [];
    for (const root of this.#deps.roots) {
      try {
        const paths = runtimePaths(root, this.#deps.flow.id);
        await makePrivateFolder(root);
        await makePrivateFolder(paths.folder);
        await this.#announce(root);
        await this.#deps.saveChildren(paths.childrenFile);
        this.#deps.notice(`${removed} was removed while the flow runs: made again in ${root}`);
        return;
      } catch (error) {
        this.#unwatch();
        problems.push(messageOf(error));
      }
    }
    this.#deps.notice(
      `${removed} was removed, and commands cannot find the flow: ${problems.join("; ")}`,
    );
  }
}
