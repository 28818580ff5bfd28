import { MAX_TRACES_PER_SECOND } from "../../util/limits/requests.ts";
import { assertNever } from "../../util/unreachable.ts";
import type { TraceParent } from "../../util/tracing/trace-context.ts";

type RootDecision = "on" | "off" | "ratio" | "rate";

/** The names of `OTEL_TRACES_SAMPLER` that the specification of OpenTelemetry defines. */
const ROOTS: Readonly<Record<string, RootDecision>> = {
  always_on: "on",
  always_off: "off",
  traceidratio: "ratio",
};
const PARENT_BASED = "parentbased_";

/** The sampling that `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` state. */
export interface SamplerOptions {
  readonly name?: string | undefined;
  readonly argument?: string | undefined;
}

/**
 * Decides which traces are exported. Without options, the parent decides, and of the requests
 * without a parent at most `MAX_TRACES_PER_SECOND` begin a trace.
 */
export class Sampler {
  readonly #isParentBased: boolean;
  readonly #root: RootDecision;
  readonly #ratio: number;
  readonly #now: () => number;
  #tokens = MAX_TRACES_PER_SECOND;
  #refilledMs: number;

  /** `now` is in milliseconds. Throws a `RangeError` for a name or a ratio that does not exist. */
  constructor({ name, argument }: SamplerOptions, now: () => number) {
    this.#now = now;
    this.#refilledMs = now();
    this.#isParentBased = name === undefined || name.startsWith(PARENT_BASED);
    const root = name?.startsWith(PARENT_BASED) === true ? name.slice(PARENT_BASED.length) : name;
    this.#root = root === undefined ? "rate" : readRoot(root);
    this.#ratio = this.#root === "ratio" ? readRatio(argument) : 1;
  }

  /** Returns whether the trace of a request is exported. */
  samples(parent: TraceParent | undefined): boolean {
    if (parent !== undefined && this.#isParentBased) return parent.isSampled;
    switch (this.#root) {
      case "on":
        return true;
      case "off":
        return false;
      case "ratio":
        return (parent === undefined ? Math.random() : shareOf(parent.traceId)) < this.#ratio;
      case "rate":
        return this.#takeToken();
      default:
        return assertNever(this.#root);
    }
  }

  #takeToken(): boolean {
    const nowMs = this.#now();
    const earned = ((nowMs - this.#refilledMs) * MAX_TRACES_PER_SECOND) / 1_000;
    this.#tokens = Math.min(MAX_TRACES_PER_SECOND, this.#tokens + earned);
    this.#refilledMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

function readRoot(name: string): RootDecision {
  const root = Object.hasOwn(ROOTS, name) ? ROOTS[name] : undefined;
  if (root !== undefined) return root;
  const names = Object.keys(ROOTS).flatMap((one) => [one, `${PARENT_BASED}${one}`]);
  throw new RangeError(`OTEL_TRACES_SAMPLER is ${name}: it must be ${names.join(", ")}`);
}

function readRatio(argument = "1"): number {
  const ratio = argument.trim() === "" ? 1 : Number(argument);
  if (ratio >= 0 && ratio <= 1) return ratio;
  throw new RangeError(`OTEL_TRACES_SAMPLER_ARG is ${argument}: it must be a number from 0 to 1`);
}

/** Returns a number from 0 to 1 that all processes derive alike from a trace. */
function shareOf(traceId: string): number {
  return Number.parseInt(traceId.slice(-8), 16) / 0x1_0000_0000;
}
