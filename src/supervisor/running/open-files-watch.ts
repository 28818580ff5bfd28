import { OPEN_FILES_MS } from "../../util/limits/processes.ts";
import { sampleOpenFiles } from "../../util/process/open-files.ts";
import type { ReplicaProcess } from "../children/replica-process.ts";
import { judgeOpenFiles } from "../decide/open-files.ts";

/** The parts of a replica that are watched. */
export type WatchedReplica = Pick<ReplicaProcess, "address" | "pid" | "keptPid">;

/** Watches which processes of the flow can open no further files. */
export class OpenFilesWatch<Replica extends WatchedReplica> {
  readonly #replicas: () => Iterable<Replica>;
  readonly #changed: (replica: Replica, problem: string | null) => void;
  readonly #sample: typeof sampleOpenFiles;
  readonly #problems = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;

  /** `changed`: the problem of a replica began, or ended with null. */
  constructor(
    replicas: () => Iterable<Replica>,
    changed: (replica: Replica, problem: string | null) => void,
    sample: typeof sampleOpenFiles = sampleOpenFiles,
  ) {
    this.#replicas = replicas;
    this.#changed = changed;
    this.#sample = sample;
  }

  start(): void {
    this.#timer = setInterval(() => this.check(), OPEN_FILES_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  problemOf(address: string): string | null {
    return this.#problems.get(address) ?? null;
  }

  check(): void {
    for (const replica of this.#replicas()) {
      const problem = this.#judge(replica);
      if (problem === this.problemOf(replica.address)) continue;
      if (problem === null) this.#problems.delete(replica.address);
      else this.#problems.set(replica.address, problem);
      this.#changed(replica, problem);
    }
  }

  #judge({ pid, keptPid }: Replica): string | null {
    const pids = [pid, keptPid].filter((one) => one !== null);
    const problems = pids.map((one) => judgeOpenFiles(this.#sample(one)));
    return problems.find((problem) => problem !== null) ?? null;
  }
}
