import {
  Copy,
  Master,
  type CopyAction,
  type CopyEvent,
  type CopyMessage,
  type CopyOptions,
  type CopyRecord,
  type MasterAction,
  type MasterEvent,
  type MasterOptions,
  type Member,
  type PrimaryMessage,
} from "../../src/replication/replication.ts";

/** A payload handle of these tests: a text that names its write. */
type TestPayload = string;

/** Records `1@term` to `count@term`, of writes `w1`, `w2`, ... */
export function makeRecords(count: number, term = 1, from = 1): readonly CopyRecord<TestPayload>[] {
  return Array.from({ length: count }, (_, index) => ({
    seq: from + index,
    term,
    operationId: `w${from + index}`,
    outcome: { kind: "done" },
    bytes: 100,
    payload: payloadOf(`w${from + index}`),
  }));
}

/** A write that arrives. */
export function makeWrite(operationId: string, ticket: number): CopyEvent<TestPayload> {
  return { type: "write", operationId, ticket, bytes: 100, payload: payloadOf(operationId) };
}

/** The handle that a record of that write has. */
export function payloadOf(operationId: string): TestPayload {
  return `payload of ${operationId}`;
}

export const DONE = { outcome: { kind: "done" }, elapsedMs: 1 } as const;

/** The start of a copy with a new workspace. */
export const FOUND_NOTHING = {
  base: { seq: 0, term: 0 },
  records: [],
  snapshots: [],
  operations: [],
  checkpoint: 0,
};

/** A copy under test. `play` passes events and returns the actions of the last one. */
export class TestCopy {
  readonly copy: Copy<TestPayload>;

  constructor(options: Partial<CopyOptions<TestPayload>> = {}) {
    this.copy = new Copy({
      copyId: "A",
      processId: "a1",
      ...FOUND_NOTHING,
      ...options,
    });
  }

  play(...events: readonly CopyEvent<TestPayload>[]): readonly CopyAction<TestPayload>[] {
    let actions: readonly CopyAction<TestPayload>[] = [];
    for (const event of events) actions = this.copy.handle(event);
    return actions;
  }

  /** Replays and fsyncs the log that it found, and sends hello. */
  start(): this {
    this.play({ type: "started" });
    this.fsync();
    while (this.copy.applied < this.copy.position.seq) this.apply(this.copy.applied + 1);
    return this;
  }

  /** Reports that everything appended is on disk. */
  fsync(): readonly CopyAction<TestPayload>[] {
    return this.play({ type: "fsynced", position: this.copy.position });
  }

  apply(seq: number): readonly CopyAction<TestPayload>[] {
    return this.play({ type: "applied", seq, ...DONE });
  }

  /** Becomes the primary of `term`, with a set of copies and the live ones among them. */
  lead(
    term: number,
    inSync: readonly string[] = ["A"],
    live: readonly Member[] = [],
  ): readonly CopyAction<TestPayload>[] {
    this.play({ type: "asked", term });
    return this.play({
      type: "promoted",
      term,
      inSync: [...inSync],
      live,
      revision: 1,
      replicas: 2,
    });
  }

  /** Copy B's process `b1` follows it: linked, greeted, and found to hold the log up to `seq`. */
  join(seq: number, term = 1, process = "b1", stream = 1): readonly CopyAction<TestPayload>[] {
    this.play({ type: "linkOpened", processId: process });
    return this.hear(
      { type: "position", last: { seq, term: seq === 0 ? 0 : term }, damage: "none", stream },
      process,
    );
  }

  /** A message of copy B. */
  hear(
    message: Partial<CopyMessage> & { type: CopyMessage["type"] },
    process = "b1",
  ): readonly CopyAction<TestPayload>[] {
    const header = {
      copyId: "B",
      processId: process,
      term: this.copy.term,
      stream: 1,
      snapshot: null,
      snapshotting: false,
    };
    return this.play({
      type: "fromCopy",
      from: process,
      message: { ...header, ...message } as CopyMessage,
    });
  }

  /** A message of the primary `p1`. */
  take(
    message: Partial<PrimaryMessage<TestPayload>> & { type: PrimaryMessage["type"] },
  ): readonly CopyAction<TestPayload>[] {
    const header = { term: 1, stream: 1, checkpoint: 0 };
    return this.play({
      type: "fromPrimary",
      from: "p1",
      message: { ...header, ...message } as PrimaryMessage<TestPayload>,
    });
  }

  /** A write arrives and, if it is run at once, has run. */
  write(operationId: string, ticket: number): readonly CopyAction<TestPayload>[] {
    this.play(makeWrite(operationId, ticket));
    return this.play({ type: "ran", operationId, ...DONE });
  }
}

type ActionOf<Type extends CopyAction["type"]> = Extract<CopyAction<TestPayload>, { type: Type }>;

/** The actions of one type. */
export function only<Type extends CopyAction["type"]>(
  actions: readonly CopyAction<TestPayload>[],
  type: Type,
): readonly ActionOf<Type>[] {
  return actions.filter((action): action is ActionOf<Type> => action.type === type);
}

/** The messages among the actions. */
export function sent(
  actions: readonly CopyAction<TestPayload>[],
): readonly (PrimaryMessage | CopyMessage)[] {
  return only(actions, "send").map(({ message }) => message);
}

export function typesOf(actions: readonly { readonly type: string }[]): readonly string[] {
  return actions.map(({ type }) => type);
}

/** A master under test, of two replicas unless told otherwise. */
export class TestMaster {
  readonly master: Master;
  readonly started: readonly MasterAction[];

  constructor(options: Partial<MasterOptions> = {}) {
    this.master = new Master({ persisted: null, replicas: 2, mayLoseTail: false, ...options });
    this.started = this.master.start();
  }

  play(...events: readonly MasterEvent[]): readonly MasterAction[] {
    let actions: readonly MasterAction[] = [];
    for (const event of events) actions = this.master.handle(event);
    return actions;
  }

  /**
   * Starts a process of a replica, which sends hello. `a1` holds copy A of replica 0, `b2` copy B
   * of replica 1.
   */
  hello(processId: string, empty = false): readonly MasterAction[] {
    const replica = processId.charCodeAt(0) - "a".charCodeAt(0);
    const copyId = processId[0]!.toUpperCase();
    return this.play(
      { type: "processStarted", processId, replica },
      { type: "hello", processId, copyId, replica, empty },
    );
  }

  answer(
    processId: string,
    term: number,
    seq: number,
    recordTerm = seq === 0 ? 0 : 1,
  ): readonly MasterAction[] {
    return this.play({
      type: "positionAnswered",
      processId,
      term,
      position: { seq, term: recordTerm },
      damage: "none",
    });
  }

  saved(term: number, inSync: readonly string[]): readonly MasterAction[] {
    return this.play({ type: "saved", state: { term, inSync } });
  }

  /** A shard whose copies A and B are in-sync and live, with `a1` the primary of term 2. */
  static led(): TestMaster {
    const master = new TestMaster({ persisted: { term: 1, inSync: ["A", "B"] } });
    master.hello("a1");
    master.hello("b1");
    master.saved(2, ["A", "B"]);
    master.answer("a1", 2, 3);
    master.answer("b1", 2, 3);
    return master;
  }
}
