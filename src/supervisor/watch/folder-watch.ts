import { existsSync, statSync, watch, type FSWatcher } from "node:fs";
import { realpath } from "node:fs/promises";
import { basename, dirname, sep } from "node:path";
import { messageOf } from "../../util/error-code.ts";

interface WatchedFolder {
  readonly watcher: FSWatcher;
  readonly inode: bigint;
  names: ReadonlySet<string>;
}

export interface FolderWatchDeps {
  /** Folders within this folder are watched too, because they may be moved and made again. */
  readonly root: string;
  /** One of the files may have changed. */
  changed(): void;
  /** A folder cannot be watched. */
  failed(problem: string): void;
}

/**
 * Watches the folders of files. A folder sees a file that an editor replaces, and one that is
 * removed and made again, which a watch of the file itself does not. No subfolder is read.
 */
export class FolderWatch {
  readonly #deps: FolderWatchDeps;
  readonly #folders = new Map<string, WatchedFolder>();

  constructor(deps: FolderWatchDeps) {
    this.#deps = deps;
  }

  /** From now on, watches these files, which may not exist yet. */
  async follow(paths: readonly string[]): Promise<void> {
    const wanted = groupByFolder([...paths, ...(await listTargets(paths))], this.#deps.root);
    for (const folder of this.#folders.keys()) if (!wanted.has(folder)) this.#close(folder);
    for (const [folder, names] of wanted) this.#open(folder, names);
  }

  close(): void {
    for (const folder of this.#folders.keys()) this.#close(folder);
  }

  #open(folder: string, names: ReadonlySet<string>): void {
    const known = this.#folders.get(folder);
    try {
      const inode = statSync(folder, { bigint: true }).ino;
      if (known?.inode === inode) {
        known.names = names;
        return;
      }
      this.#close(folder);
      const watcher = watch(folder, { persistent: false }, (_, name) => this.#saw(folder, name));
      // Windows reports a removed folder as an error.
      watcher.on("error", () => {
        this.#close(folder);
        this.#deps.changed();
      });
      this.#folders.set(folder, { watcher, inode, names });
    } catch (error) {
      this.#close(folder);
      this.#deps.failed(`cannot watch ${folder}: ${messageOf(error)}`);
    }
  }

  /** A removed or moved folder reports its own name. */
  #saw(folder: string, name: string | null): void {
    const names = this.#folders.get(folder)?.names;
    if (name === null || name === basename(folder) || names?.has(name) === true)
      this.#deps.changed();
  }

  #close(folder: string): void {
    this.#folders.get(folder)?.watcher.close();
    this.#folders.delete(folder);
  }
}

/** Returns the files that symbolic links among these paths point to. */
async function listTargets(paths: readonly string[]): Promise<readonly string[]> {
  const targets = paths.map(async (path) => realpath(path).catch(() => path));
  return (await Promise.all(targets)).filter((target, index) => target !== paths[index]);
}

/** Returns the names to watch in each folder that exists. */
function groupByFolder(
  paths: readonly string[],
  root: string,
): ReadonlyMap<string, ReadonlySet<string>> {
  const groups = new Map<string, Set<string>>();
  for (const path of paths) {
    let child = path;
    let isWatched = false;
    while (!isWatched || child.startsWith(root + sep)) {
      const folder = dirname(child);
      if (folder === child) break;
      if (existsSync(folder)) {
        groups.set(folder, (groups.get(folder) ?? new Set()).add(basename(child)));
        isWatched = true;
      }
      child = folder;
    }
  }
  return groups;
}
