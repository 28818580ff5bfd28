import {
  Master,
  type MasterAction,
  type MasterEvent,
  type PersistedShard,
  type Rules,
} from "../../src/replication/replication.ts";

/**
 * The supervisor of one shard. It performs one action in a step, so that it may crash between any
 * two.
 */
export class SimSupervisor {
  readonly #rules: Rules;
  readonly #replicas: number;
  master: Master | null = null;
  readonly actions: MasterAction[] = [];
  /** The state that is being saved. */
  saving: PersistedShard | null = null;
  readonly saved: PersistedShard[] = [];
  isWaitArmed = false;
  published: string | null = null;
  readonly held = new Set<number>();
  /** The replicas that the user wants. A new supervisor wants all. */
  planned: number;

  constructor(rules: Rules, replicas: number) {
    this.#rules = rules;
    this.#replicas = replicas;
    this.planned = replicas;
  }

  get isUp(): boolean {
    return this.master !== null;
  }

  /** Whether it has performed all its actions and may take the next event. */
  get isReady(): boolean {
    return this.master !== null && this.actions.length === 0;
  }

  start(persisted: PersistedShard | null): void {
    this.master = new Master(
      { persisted, replicas: this.#replicas, mayLoseTail: false },
      this.#rules,
    );
    this.actions.push(...this.master.start());
  }

  crash(): void {
    this.master = null;
    this.actions.length = 0;
    this.saving = null;
    this.saved.length = 0;
    this.isWaitArmed = false;
    this.held.clear();
    this.planned = this.#replicas;
  }

  /** The user changes the number of replicas. */
  scale(replicas: number): void {
    this.planned = replicas;
    this.handle({ type: "command", command: { kind: "scale", replicas } });
  }

  handle(event: MasterEvent): void {
    if (this.master) this.actions.push(...this.master.handle(event));
  }
}
