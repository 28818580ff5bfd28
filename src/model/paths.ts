import { createHash } from "node:crypto";
import { basename, dirname, isAbsolute, join } from "node:path";
import { JflowError } from "../util/errors.ts";

/** The values that decide where the runtime files are. */
export interface RuntimeRootOptions {
  /** `XDG_RUNTIME_DIR`, if set. */
  readonly xdgRuntimeDir: string | undefined;
  /** The system's folder for temporary files. */
  readonly tmpdir: string;
  readonly uid: number;
}

/** Returns the folder of the runtime files of all flows of this user (mode 0700). */
export function runtimeRoot(around: RuntimeRootOptions): string {
  return around.xdgRuntimeDir
    ? join(around.xdgRuntimeDir, "jflow")
    : join(around.tmpdir, `jflow-${around.uid}`);
}

/**
 * Returns the id of a flow on this machine: the first 8 hex digits of the SHA-256 of the real path
 * of its flow file.
 */
export function flowId(realFlowFile: string): string {
  return createHash("sha256").update(realFlowFile).digest("hex").slice(0, 8);
}

/** The runtime files of one flow. They are gone after a restart of the machine. */
export interface RuntimePaths {
  readonly folder: string;
  /** The Unix socket of the supervisor. Bound, it is the lock of the flow. */
  readonly socket: string;
  /** `RunningFlow`, for `jflow ls`. */
  readonly flowFile: string;
  /** Pids and start times of the children. */
  readonly childrenFile: string;
}

export function runtimePaths(root: string, id: string): RuntimePaths {
  const folder = join(root, id);
  return {
    folder,
    socket: join(folder, "s"),
    flowFile: join(folder, "flow.json"),
    childrenFile: join(folder, "children.json"),
  };
}

/** The variable that moves the files of flows to another folder. */
export const STATE_DIR = "JFLOW_STATE_DIR";

/** Returns the folder of `JFLOW_STATE_DIR`. Throws `INVALID_ARGUMENT` for a relative path. */
export function stateDirOf(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const folder = env[STATE_DIR];
  if (!folder) return undefined;
  if (isAbsolute(folder)) return folder;
  throw new JflowError("INVALID_ARGUMENT", `${STATE_DIR}=${folder} is not an absolute path`);
}

/** The files of a flow on disk, next to its flow file or in `JFLOW_STATE_DIR`. */
export interface FlowPaths {
  /** `<flow dir>/.jflow`, which ignores itself in git, or `<JFLOW_STATE_DIR>/<flow id>`. */
  readonly root: string;
  /** `<root>/<flow file's name>`. */
  readonly folder: string;
  readonly stateFile: string;
  /** The part of the plan in effect that the flow file does not hold. */
  readonly planFile: string;
  /**
   * Holds the root of the runtime folder of the last run, for a command with another
   * `XDG_RUNTIME_DIR` or without one, as under cron. Also holds the flow file of that run, so that
   * commands notice a folder that was moved. See `runtimeFileText`.
   */
  readonly runtimeFile: string;
  /** The workspace unless the flow file names one. */
  readonly data: string;
  /** Lines of the children. */
  readonly output: string;
  /** Compiled executors, by content hash. */
  readonly compiled: string;
}

/** `stateDir`: the folder of `JFLOW_STATE_DIR`, if set. */
export function flowPaths(flowFile: string, stateDir?: string): FlowPaths {
  const root =
    stateDir === undefined ? join(dirname(flowFile), ".jflow") : join(stateDir, flowId(flowFile));
  const folder = join(root, basename(flowFile));
  return {
    root,
    folder,
    stateFile: join(folder, "state.json"),
    planFile: join(folder, "plan.json"),
    runtimeFile: join(folder, "runtime"),
    data: join(folder, "data"),
    output: join(folder, "output"),
    compiled: join(folder, "compiled"),
  };
}

/** The content of `FlowPaths.runtimeFile`. */
export interface RuntimeRecord {
  readonly root: string;
  /** The flow file's real path; undefined in a file of an earlier version. */
  readonly file: string | undefined;
}

/** Returns the text of a runtime file: the root and the flow file, a line each. */
export function runtimeFileText({ root, file }: RuntimeRecord): string {
  return `${root}\n${file ?? ""}\n`;
}

export function parseRuntimeFile(text: string): RuntimeRecord {
  const [root = "", file] = text.split("\n");
  return { root, file: file || undefined };
}

/** Returns the output file of the supervisor. */
export function supervisorOutput(places: FlowPaths): string {
  return join(places.output, "supervisor.log");
}

/** Returns the output file of a replica. */
export function outputFile(places: FlowPaths, address: string): string {
  return join(places.output, `${address.replaceAll("/", "-")}.log`);
}

/** `flow.json` in the runtime folder: a flow whose supervisor runs. */
export interface RunningFlow {
  readonly id: string;
  readonly name: string;
  /** The flow file's real path. */
  readonly file: string;
  readonly pid: number;
  readonly version: string;
  readonly startedAt: string;
  /** The folder of `JFLOW_STATE_DIR` of the supervisor. */
  readonly stateDir?: string;
}
