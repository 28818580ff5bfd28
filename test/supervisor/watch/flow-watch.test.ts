import { mkdtemp, realpath, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readFlow, type Flow, type WatchOptions } from "../../../src/flow/flow.ts";
import type { EventBody } from "../../../src/model/control/events.ts";
import type { Update, UpdateRequest } from "../../../src/supervisor/operations/flow-changes.ts";
import { OperationLog } from "../../../src/supervisor/journal/operation-log.ts";
import { Changes } from "../../../src/supervisor/running/changes.ts";
import { FlowWatch } from "../../../src/supervisor/watch/flow-watch.ts";
import { AwakeClock } from "../../../src/util/awake-clock.ts";
import { JflowError } from "../../../src/util/errors.ts";

/** A flow with one file, whose operations the test ends. */
class FakeFlow {
  readonly file: string;
  readonly changes = new Changes();
  readonly clock = new AwakeClock(() => performance.now());
  readonly notices: string[] = [];
  readonly texts: string[] = [];
  readonly cancelled: string[] = [];
  readonly log = new OperationLog();
  /** What an update does with the text of the file. */
  onUpdate: (text: string) => void = () => undefined;
  state: "starting" | "ready" | "stopping" = "ready";
  watched: WatchOptions | false = { ignore: [], debounceMs: 1 };
  readonly #base: Flow;
  #stop: () => void = () => undefined;
  readonly ended = new Promise<void>((resolve) => (this.#stop = resolve));
  #running: { readonly id: number; readonly ended: Promise<void>; end: () => void } | undefined;
  #lastId = 0;

  constructor(folder: string) {
    this.file = join(folder, "a.ts");
    this.#base = readFlow({
      text: "jtype: Flow\n",
      file: join(folder, "flow.yml"),
      variables: {},
      exists: () => true,
    }).flow!;
  }

  get flow(): Flow {
    return this.#base;
  }

  get taken(): Flow {
    return { ...this.#base, watch: this.watched };
  }

  readonly reporter = {
    log: (): void => undefined,
    happened: (event: EventBody): void => {
      this.texts.push(event.text.split("\n", 1)[0]!.replaceAll(this.file, "a.ts"));
      this.changes.emit();
    },
    operations: this.log,
  };

  readonly operations = ((flow: FakeFlow) => ({
    get areRunning(): boolean {
      return flow.#running !== undefined;
    },
    isRunning: (id: number): boolean => flow.#running?.id === id,
    cancel: (_: number, reason: string): void => {
      flow.cancelled.push(reason);
      flow.end();
    },
    ended: async (): Promise<void> => flow.#running?.ended,
  }))(this);

  notice(text: string): void {
    this.notices.push(text);
  }

  begin(): number {
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    this.#lastId += 1;
    this.#running = { id: this.#lastId, ended, end };
    return this.#lastId;
  }

  /** Ends the running operation. */
  end(state: "done" | "failed" = "done"): void {
    const { id, end } = this.#running!;
    this.log.add({ type: "operation", id, kind: "update", deployments: [], state, text: state });
    this.#running = undefined;
    end();
  }

  /** Each text of the file is another plan; a text that begins with `!` is an error. */
  async update({ dryRun, looked, compared }: UpdateRequest): Promise<Update> {
    looked?.(this.file);
    const { readFile } = await import("node:fs/promises");
    const text = await readFile(this.file, "utf8").catch(() => "!gone");
    if (text.startsWith("!")) throw new JflowError("FLOW_INVALID", `a.ts:1:1: ${text}`);
    this.onUpdate(text);
    const next = { flow: { ...this.#base, name: text }, entries: [] };
    const plan = text === "0" ? [] : [{ sign: "~", part: "a", text: `~ ${text}` } as const];
    const update = { plan, next, modules: new Map(), operation: null };
    if (dryRun) return update;
    compared?.(plan);
    return plan.length === 0 ? update : { ...update, operation: this.begin() };
  }

  /** Resolves with all texts when this one was reported. */
  async reports(text: string, times: number = 1): Promise<readonly string[]> {
    const isReported = (): boolean => this.texts.filter((each) => each === text).length >= times;
    if (await this.changes.until(isReported, 10_000)) return this.texts;
    throw new Error(`not reported: ${text}\n${this.texts.join("\n")}`);
  }

  stop(): void {
    this.state = "stopping";
    this.#stop();
  }
}

let folder: string;
let flow: FakeFlow;
let watch: FlowWatch;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "jflow-flow-watch-")));
  flow = new FakeFlow(folder);
  watch = new FlowWatch(flow, flow);
  await save("0");
});
afterEach(async () => {
  flow.stop();
  await rm(folder, { recursive: true });
});

/** As an editor does: no comparison sees half of the text. */
async function save(text: string): Promise<void> {
  const draft = join(folder, "draft");
  await writeFile(draft, text);
  await rename(draft, flow.file);
}

/** Starts to watch. */
async function begin(choice?: boolean): Promise<void> {
  void watch.start(choice);
  await flow.reports("1 file is watched");
}

test("a saved file is taken, and the next one when the operation has ended", async () => {
  await begin();
  await save("1");
  await flow.reports("a.ts saved: ~ 1");
  flow.end();
  await save("2");
  await flow.reports("a.ts saved: ~ 2");
  expect(flow.cancelled).toEqual([]);
});

test("a file that was saved before the flow was ready is taken when it is ready", async () => {
  flow.state = "starting";
  void watch.start(undefined);
  await save("1");
  flow.state = "ready";
  flow.changes.emit();
  expect(await flow.reports("files changed during the start: ~ 1")).toContain(
    "files changed during the start: ~ 1",
  );
});

test("a later save ends the operation of an earlier one", async () => {
  await begin();
  await save("1");
  await flow.reports("a.ts saved: ~ 1");
  await save("2");
  await flow.reports("a.ts saved: ~ 2");
  expect(flow.cancelled).toEqual(["a.ts saved: a later version takes its place"]);
});

test("an error does not end the operation of an earlier save, and the next save is taken", async () => {
  await begin();
  await save("1");
  await flow.reports("a.ts saved: ~ 1");
  await save("!wrong");
  await flow.reports("a.ts saved: a.ts:1:1: !wrong");
  expect(flow.cancelled).toEqual([]);
  await rm(flow.file);
  await flow.reports("a.ts removed: a.ts:1:1: !gone");
  flow.end();
  await save("2");
  await flow.reports("a.ts saved: ~ 2");
});

test("a save during an operation of the user is taken after the operation", async () => {
  await begin();
  flow.begin();
  await save("1");
  await flow.reports("a.ts saved: taken when the running operation has ended");
  await save("2");
  await flow.reports("a.ts saved: taken when the running operation has ended", 2);
  expect(flow.cancelled).toEqual([]);
  flow.end();
  await flow.reports("a.ts saved: ~ 2");
});

test("an operation that the user begins in the last moment delays the save", async () => {
  await begin();
  flow.onUpdate = () => {
    flow.onUpdate = () => undefined;
    flow.begin();
    throw new JflowError("FAILED_PRECONDITION", "operation 1 still changes a");
  };
  await save("1");
  await flow.reports("a.ts saved: taken when the running operation has ended");
  flow.end();
  expect(await flow.reports("a.ts saved: ~ 1")).toContain("a.ts saved: ~ 1");
});

test("a change that the flow cannot take is reported once", async () => {
  await begin();
  flow.onUpdate = () => {
    throw new JflowError("FAILED_PRECONDITION", "shards cannot change");
  };
  await save("1");
  await flow.reports("a.ts saved: shards cannot change");
  flow.onUpdate = () => undefined;
  await save("2");
  await flow.reports("a.ts saved: ~ 2");
  expect(flow.texts.filter((text) => text.includes("cannot change"))).toHaveLength(1);
});

test("a file that is saved while the flow reads the files is taken too", async () => {
  await begin();
  flow.onUpdate = (text) => {
    if (text === "1") void save("2");
  };
  await save("1");
  expect(await flow.reports("a.ts saved: ~ 2")).toContain("a.ts saved: ~ 2");
});

test("the same content is taken again only after a failed operation", async () => {
  await begin();
  await save("1");
  await flow.reports("a.ts saved: ~ 1");
  flow.end("failed");
  await utimes(flow.file, new Date(0), new Date(0));
  await flow.reports("a.ts saved: ~ 1", 2);
  flow.end("done");
  await utimes(flow.file, new Date(1000), new Date(1000));
  await save("0");
  await flow.reports("a.ts saved: no process is affected");
  expect(flow.texts).toHaveLength(4);
});

test("ignored files are not watched", async () => {
  flow.watched = { ignore: ["*.ts"], debounceMs: 1 };
  void watch.start(undefined);
  expect(await flow.reports("0 files are watched")).toContain("0 files are watched");
});

test("the choice of the user wins over the flow file", async () => {
  flow.watched = false;
  await begin(true);
  watch.choose(false);
  await flow.reports("files are not watched any more");
  await save("1");
  watch.choose(undefined);
  watch.choose(true);
  expect(await flow.reports("a.ts saved: ~ 1")).toContain("a.ts saved: ~ 1");
});
