import { isDeepStrictEqual } from "node:util";
import {
  Master,
  type CopyNotice,
  type CopyCommand,
  type MasterAction,
  type MasterCommand,
  type MasterEvent,
  type MasterOptions,
  type PersistedShard,
  type ShardView,
  type Targets,
} from "../../replication/replication.ts";
import type { AwakeClock } from "../../util/awake-clock.ts";
import { messageOf } from "../../util/error-code.ts";
import { assertNever } from "../../util/unreachable.ts";

/** Carries out the decisions for a shard. */
export interface ShardDriverDeps {
  readonly clock: Pick<AwakeClock, "after">;
  /** Resolves when the state is on disk. */
  save(state: PersistedShard): Promise<void>;
  kill(processId: string, reason: string): void;
  send(processId: string, order: CopyCommand): void;
  /** The addresses of the live processes of the shard. */
  targets(): Targets;
  /** Does not start the replica: its process ended twice while it applied record `beyond`. */
  hold(replica: number, beyond: number): void;
  /** Starts the replica again, without its data. */
  release(replica: number): void;
  /** A role, the term, the in-sync set or the phase may have changed. */
  changed(): void;
  notice(text: string): void;
}

interface PendingCommand {
  readonly command: MasterCommand;
  settle(refused: string | null): void;
}

/** The wait before a failed save is tried again. The shard makes no decisions meanwhile. */
const SAVE_AGAIN_MS = 1_000;

/** The actions that are sent to a copy. */
type CommandAction = Extract<MasterAction, { type: "ask" | "promote" | "announce" | "answer" }>;

function isCommandAction(action: MasterAction): action is CommandAction {
  return (
    action.type === "ask" ||
    action.type === "promote" ||
    action.type === "announce" ||
    action.type === "answer"
  );
}

/**
 * Carries out the decisions of `replication/` for one shard: saves terms and sets, sends commands
 * to copies, kills processes.
 */
export class ShardDriver {
  readonly #master;
  readonly #deps: ShardDriverDeps;
  #commands: PendingCommand[] = [];
  #endWait: () => void = () => undefined;
  #isFrozen = false;
  #problem: string | null = null;

  constructor(options: MasterOptions, deps: ShardDriverDeps) {
    this.#master = new Master(options);
    this.#deps = deps;
    this.#carryOut(this.#master.start());
  }

  get view(): ShardView {
    return this.#master.shard;
  }

  /** Why the shard waits, if the disk is the reason. */
  get problem(): string | null {
    return this.#problem;
  }

  handle(event: MasterEvent): void {
    if (this.#isFrozen) return;
    this.#carryOut(this.#master.handle(event));
    this.#deps.changed();
  }

  /** Receives a message of a copy. */
  receive(processId: string, notice: CopyNotice): void {
    switch (notice.type) {
      case "positionAnswered":
        return this.handle({ ...notice, processId });
      case "requested":
        return this.handle(notice);
      case "snapshotCounted":
        return this.handle({ ...notice, processId });
      default:
        return assertNever(notice);
    }
  }

  /** Resolves with the reason of a refusal, or with null when the command is done. */
  async command(command: MasterCommand): Promise<string | null> {
    if (this.#isFrozen) return "the flow is stopping";
    const done = new Promise<string | null>((settle) => {
      this.#commands.push({ command, settle });
    });
    this.handle({ type: "command", command });
    return done;
  }

  /** The flow stops. Copies now exit in order, so the in-sync set stays as it is. */
  freeze(): void {
    this.#isFrozen = true;
    this.#endWait();
    for (const pending of this.#commands) pending.settle("the flow is stopping");
    this.#commands = [];
  }

  #carryOut(actions: readonly MasterAction[]): void {
    for (const action of actions) this.#do(action);
  }

  #do(action: MasterAction): void {
    if (isCommandAction(action)) return this.#send(action);
    switch (action.type) {
      case "save":
        return this.#save(action.state);
      case "kill":
        return this.#deps.kill(action.processId, action.reason);
      case "wait":
        return this.#wait(action.afterMs);
      case "hold":
        return this.#deps.hold(action.replica, action.beyond);
      case "release":
        return this.#deps.release(action.replica);
      case "commandDone":
        return this.#settle(action.command, action.refused);
      default:
        return assertNever(action);
    }
  }

  #send(action: CommandAction): void {
    switch (action.type) {
      case "ask":
        return this.#deps.send(action.processId, { type: "ask", term: action.term });
      case "promote": {
        const { processId, ...promotion } = action;
        return this.#deps.send(processId, { ...promotion, targets: this.#deps.targets() });
      }
      case "announce": {
        const { to, ...announcement } = action;
        return this.#deps.send(to, { ...announcement, targets: this.#deps.targets() });
      }
      case "answer":
        return this.#deps.send(action.to, { type: "answer", answer: action.answer });
      default:
        return assertNever(action);
    }
  }

  #save(state: PersistedShard): void {
    this.#deps.save(state).then(
      () => this.#saved(state),
      (error: unknown) => {
        this.#problem = `cannot save the term and the in-sync set, so the shard waits: ${messageOf(error)}`;
        this.#deps.notice(this.#problem);
        this.#deps.changed();
        setTimeout(() => !this.#isFrozen && this.#save(state), SAVE_AGAIN_MS).unref();
      },
    );
  }

  #saved(state: PersistedShard): void {
    this.#problem = null;
    this.handle({ type: "saved", state });
  }

  #wait(afterMs: number): void {
    this.#endWait();
    this.#endWait = this.#deps.clock.after(afterMs, () => this.handle({ type: "waitOver" }));
  }

  #settle(command: MasterCommand, refused: string | null): void {
    const index = this.#commands.findIndex((pending) =>
      isDeepStrictEqual(pending.command, command),
    );
    if (index === -1) return;
    this.#commands.splice(index, 1)[0]!.settle(refused);
  }
}
