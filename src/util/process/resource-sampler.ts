import { execa } from "execa";
import { sampleProcess } from "./process-identity.ts";

/** The memory in use and the processor time used so far, user and system. */
export interface ResourceSample {
  readonly rssBytes: number;
  readonly cpuMs: number;
}

/** Samples the memory and the processor time of processes. */
export interface ResourceSampler {
  readonly source: "/proc" | "ps" | "none";
  /** Returns undefined for a process that does not exist or was not sampled yet. */
  sample(pid: number): ResourceSample | undefined;
}

const PS_AFTER_MS = 1_000;
const PS_TIMEOUT_MS = 5_000;

/** Reads `/proc`. */
class ProcSampler implements ResourceSampler {
  readonly source = "/proc";

  sample(pid: number): ResourceSample | undefined {
    return sampleProcess(pid);
  }
}

/** Runs `ps` in the background, at most once a second, and returns what it printed last. */
export class PsSampler implements ResourceSampler {
  readonly #command: string;
  #samples: ReadonlyMap<number, ResourceSample> = new Map();
  #wanted = new Set<number>();
  #isWorking = true;
  #startedMs = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;

  constructor(command = "ps") {
    this.#command = command;
  }

  /** `none` once the command has failed. */
  get source(): "ps" | "none" {
    return this.#isWorking ? "ps" : "none";
  }

  sample(pid: number): ResourceSample | undefined {
    this.#wanted.add(pid);
    if (performance.now() - this.#startedMs >= PS_AFTER_MS) this.#running ??= this.#run();
    return this.#samples.get(pid);
  }

  /** Resolves when the command that runs has ended. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    this.#startedMs = performance.now();
    // The pids of this tick are sampled together.
    await Promise.resolve();
    const pids = [...this.#wanted].join(",");
    this.#wanted = new Set();
    const args = ["-o", "pid=,rss=,time=", "-p", pids];
    const { stdout, failed } = await execa(this.#command, args, {
      reject: false,
      timeout: PS_TIMEOUT_MS,
      env: { LC_ALL: "C" },
    });
    this.#samples = parsePs(stdout ?? "");
    this.#isWorking = !failed || this.#samples.size > 0;
    this.#running = undefined;
  }
}

/**
 * Parses the output of `ps -o pid=,rss=,time=`: the memory in KiB, the time as `[[dd-]hh:]mm:ss`.
 */
export function parsePs(text: string): ReadonlyMap<number, ResourceSample> {
  const samples = text.split("\n").flatMap((line): [number, ResourceSample][] => {
    const [pid, rss, time] = line.trim().split(/\s+/);
    const cpuMs = time === undefined ? Number.NaN : parsePsTime(time);
    if (Number.isNaN(cpuMs)) return [];
    return [[Number(pid), { rssBytes: Number(rss) * 1024, cpuMs }]];
  });
  return new Map(samples);
}

function parsePsTime(text: string): number {
  const [, days = "0", clock = ""] = /^(?:(\d+)-)?([\d:.]+)$/.exec(text) ?? [];
  const seconds = clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return clock === "" ? Number.NaN : Math.round((Number(days) * 86_400 + seconds) * 1_000);
}

/** Returns a sampler that works on this system: without `/proc`, it runs `ps`. */
export function openResourceSampler(): ResourceSampler {
  return sampleProcess(process.pid) === undefined ? new PsSampler() : new ProcSampler();
}
