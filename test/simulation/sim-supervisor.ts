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
  master: Master | null = null;
  readonly actions: MasterAction[] = [];
  /** The state that is being saved. */
  saving: PersistedShard | null = null;
  readonly saved: PersistedShard[] = [];
  isWaitArmed = false;
  published: string | null = null;
  readonly held = new Set<number>();
  /** The replicas that the user wants. */
  planned: number;

  constructor(rules: Rules, replicas: number) {
    this.#rules = rules;
    this.planned = replicas;
  }

  get isUp(): boolean {
    return this.master !== null;
  }

  /** Whether it has performed all its actions and may take the next event. */
  get isReady(): boolean {
    return this.master !== null && this.actions.length === 0;
  }

  /** `copies`: what the disks hold, by replica. */
  start(persisted: PersistedShard | null, copies: ReadonlyMap<number, string>): void {
    this.master = new Master(
      { persisted, replicas: this.planned, mayLoseTail: false, copies },
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
  }

  /** Whether the replica should have a process. */
  wants(replica: number): boolean {
    const needed = this.master?.shard.needed ?? [];
    return replica < this.planned || needed.includes(replica);
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
