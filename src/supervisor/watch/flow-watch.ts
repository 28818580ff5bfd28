import { WATCH_DEFAULTS, type WatchOptions } from "../../flow/flow.ts";
import type { EventBody } from "../../model/control/events.ts";
import { messageOf } from "../../util/error-code.ts";
import { JflowError } from "../../util/errors.ts";
import { MAX_DEBOUNCES, MAX_WAIT_MS } from "../../util/limits/processes.ts";
import { listSources } from "../changes/source-files.ts";
import type { FlowChanges, Update } from "../operations/flow-changes.ts";
import type { Operations } from "../operations/operations.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";
import { FolderWatch } from "./folder-watch.ts";
import { makeIgnore } from "./ignored-paths.ts";
import { SavedFiles, type SavedFile } from "./saved-files.ts";
import {
  beginEvent,
  describeSaved,
  END_EVENT,
  refusedEvent,
  takenEvent,
  waitEvent,
} from "./watch-text.ts";

/** The parts of the supervisor that the watch needs. */
export type WatchedFlow = Pick<
  FlowSupervisor,
  "flow" | "state" | "clock" | "changes" | "ended" | "notice"
> & { readonly reporter: Pick<FlowSupervisor["reporter"], "log" | "happened" | "operations"> };

/** The changes of a flow that take saved files. */
export type WatchedChanges = Pick<FlowChanges, "taken" | "update"> & {
  readonly operations: Pick<Operations, "areRunning" | "isRunning" | "cancel" | "ended">;
};

/** The operation that takes the files of an earlier save. */
interface OwnOperation {
  readonly id: number;
  readonly target: string;
}

/**
 * Takes saved files into the running flow: the flow file, the executors and what they import. The
 * content of the files decides; events only say when to compare. So no save is lost, whatever an
 * editor does to a file and whatever operation runs.
 */
export class FlowWatch {
  readonly #supervisor: WatchedFlow;
  readonly #changes: WatchedChanges;
  readonly #saved = new SavedFiles();
  readonly #folders: FolderWatch;
  /** `--watch` or `--no-watch`; undefined: as the flow file says. */
  #choice: boolean | undefined;
  /** The saved files that the flow has neither taken nor refused. */
  readonly #waiting = new Map<string, SavedFile>();
  #own: OwnOperation | undefined;
  #isRefused = false;
  #hasBegun = false;
  #isDue = false;
  #isRunning = false;
  #firstEventMs: number | undefined;
  #endDebounce: () => void = () => undefined;
  /** Ends the wait for an operation, because files were saved. */
  #wake: () => void = () => undefined;

  constructor(supervisor: WatchedFlow, changes: WatchedChanges) {
    this.#supervisor = supervisor;
    this.#changes = changes;
    this.#folders = new FolderWatch({
      root: supervisor.flow.directory,
      changed: () => this.#debounce(),
      failed: (problem) => supervisor.notice(`${problem}: files saved there are not noticed`),
    });
  }

  /** Watches from the time at which the flow is ready until the flow stops. */
  async start(choice: boolean | undefined): Promise<void> {
    this.#choice = choice;
    const { changes, ended } = this.#supervisor;
    await changes.until(() => this.#supervisor.state !== "starting", MAX_WAIT_MS);
    this.#refresh();
    await ended;
    this.#close();
  }

  /** `choice` is that of `jflow up`; undefined: as before. */
  choose(choice: boolean | undefined): void {
    this.#choice = choice ?? this.#choice;
    this.#refresh();
    // An operation may take another flow file.
    void this.#changes.operations.ended().then(() => this.#refresh());
  }

  /** Begins or ends watching if the choice or the flow file has changed. */
  #refresh(): void {
    if (this.#options !== undefined) this.#compareNow();
    else if (this.#hasBegun) {
      this.#close();
      this.#report(END_EVENT);
    }
  }

  get #options(): WatchOptions | undefined {
    const inFile = this.#changes.taken.watch;
    if (this.#choice === false || this.#supervisor.state !== "ready") return undefined;
    if (inFile !== false) return inFile;
    return this.#choice === true ? WATCH_DEFAULTS : undefined;
  }

  #close(): void {
    this.#endDebounce();
    this.#firstEventMs = undefined;
    this.#folders.close();
    this.#hasBegun = false;
  }

  /** Waits until no file was saved for a moment, up to `MAX_DEBOUNCES` such moments. */
  #debounce(): void {
    const { debounceMs } = this.#options ?? WATCH_DEFAULTS;
    const { clock } = this.#supervisor;
    this.#firstEventMs ??= clock.now();
    const latest = this.#firstEventMs + debounceMs * MAX_DEBOUNCES;
    this.#endDebounce();
    this.#endDebounce = clock.after(Math.min(debounceMs, latest - clock.now()), () => {
      this.#firstEventMs = undefined;
      this.#compareNow();
    });
  }

  #compareNow(): void {
    this.#isDue = true;
    this.#wake();
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#isDue && this.#options !== undefined) {
      this.#isDue = false;
      await this.#compare(this.#options);
    }
    this.#isRunning = false;
  }

  async #compare({ ignore }: WatchOptions): Promise<void> {
    const { directory } = this.#supervisor.flow;
    const isIgnored = makeIgnore(directory, ignore);
    // A folder may exist again that was removed.
    await this.#folders.follow(this.#saved.paths);
    for (const file of await this.#saved.compare(this.#hasFailed()))
      this.#waiting.set(file.path, file);
    if (this.#hasBegun && this.#waiting.size === 0) return;
    const readMs = Date.now();
    const looked = new Set<string>();
    const cause = describeSaved([...this.#waiting.values()], directory);
    let sources: readonly string[];
    try {
      const update = await this.#take(cause, (path) => looked.add(path));
      if (update === undefined) return;
      sources = await listAllSources(update, directory);
      this.#isRefused = false;
    } catch (error) {
      sources = this.#saved.paths;
      this.#isRefused = true;
      this.#report(refusedEvent(cause, messageOf(error)));
    }
    this.#waiting.clear();
    const paths = [...new Set([...looked, ...sources])].filter((path) => !isIgnored(path));
    // The folders are watched before the files are read, so that no save falls between the two.
    await this.#folders.follow(paths);
    if (await this.#saved.follow(paths, readMs)) this.#isDue = true;
    if (!this.#hasBegun) this.#report(beginEvent(this.#saved.countExisting()));
    this.#hasBegun = true;
  }

  /**
   * Begins to take the files. Resolves with undefined if files were saved while an operation was
   * running. Throws the error of a file.
   */
  async #take(cause: string, looked: (path: string) => void): Promise<Update | undefined> {
    const { operations } = this.#changes;
    const own = this.#own;
    if (own !== undefined && operations.isRunning(own.id)) {
      const next = await this.#changes.update({ dryRun: true, keepsCounts: true, looked });
      if (this.#targetOf(next) !== own.target)
        operations.cancel(own.id, `${cause}: a later version takes its place`);
    } else if (operations.areRunning && this.#hasBegun) this.#report(waitEvent(cause));
    if (!this.#isDue) await Promise.race([operations.ended(), this.#nextSave()]);
    if (this.#isDue) return undefined;
    return this.#update(cause, looked);
  }

  async #update(cause: string, looked: (path: string) => void): Promise<Update | undefined> {
    const compared = (plan: Update["plan"]): void => {
      if (this.#hasBegun || plan.length > 0) this.#report(takenEvent(cause, plan));
    };
    try {
      const options = { dryRun: false, keepsCounts: true, looked, compared };
      const update = await this.#changes.update(options);
      const { operation } = update;
      if (operation !== null) {
        this.#own = { id: operation, target: this.#targetOf(update) };
        void this.#changes.operations.ended().then(() => this.#refresh());
      }
      return update;
    } catch (error) {
      // A command of the user began an operation in the meantime.
      if (!isConflict(error) || !this.#changes.operations.areRunning) throw error;
      this.#isDue = true;
      return undefined;
    }
  }

  #report(event: EventBody): void {
    this.#supervisor.reporter.log(event.text);
    this.#supervisor.reporter.happened(event);
  }

  async #nextSave(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Two plans with the same target need no second operation. */
  #targetOf({ next }: Update): string {
    const python = [...this.#waiting.keys()].filter((path) => path.endsWith(".py"));
    const hashes = next.entries.map(({ planned, launch }) => [planned.address, launch.configHash]);
    return JSON.stringify([next.flow, hashes, python]);
  }

  /** A file that is saved once more is another attempt. */
  #hasFailed(): boolean {
    const { operations } = this.#supervisor.reporter;
    const last = operations.all.find(({ id }) => id === this.#own?.id);
    return this.#isRefused || last?.state === "failed" || last?.state === "cancelled";
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof JflowError && error.code === "FAILED_PRECONDITION";
}

async function listAllSources({ modules }: Update, directory: string): Promise<readonly string[]> {
  const sources = [...modules.values()].map(async (module) => listSources(module, directory));
  return (await Promise.all(sources)).flat();
}
