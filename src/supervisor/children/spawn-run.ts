import type { ChildMessage, ChildSpec } from "../../model/replica.ts";
import { messageOf } from "../../util/error-code.ts";
import type { Exit } from "../decide/lifecycle/replica-state.ts";
import type { ChildRegister } from "../disk/child-register.ts";
import type { Launch } from "../plan/launch.ts";
import { Child } from "./child.ts";
import type { ReplicaRun } from "./replica-run.ts";

/** The options of starting the process of a run. */
export interface SpawnRunOptions {
  readonly address: string;
  readonly launch: Launch;
  readonly spec: ChildSpec;
}

/** Receives the events of the process. */
export interface SpawnRunDeps {
  readonly register: ChildRegister;
  wrote(stream: "stdout" | "stderr", text: string): void;
  received(message: ChildMessage): void;
  exited(exit: Exit): void;
  /** The process cannot go on. */
  broken(reason: string): void;
}

/**
 * Starts the process of a run. The process receives its spec when its pid is on disk. Throws if the
 * program cannot be started.
 */
export function spawnRun(
  run: ReplicaRun,
  { address, launch, spec }: SpawnRunOptions,
  deps: SpawnRunDeps,
): void {
  const child = new Child({
    ...launch,
    processId: run.processId,
    onLine: (stream, text) => deps.wrote(stream, text),
    onMessage: (message) => deps.received(message),
  });
  run.spawned(child);
  child.gone.then(
    (exit) => deps.exited(exit),
    (error: unknown) => deps.broken(messageOf(error)),
  );
  deps.register.add({ ...child.identity, address, processId: run.processId }).then(
    () => child.send(spec),
    (error: unknown) => deps.broken(`cannot record its pid: ${messageOf(error)}`),
  );
}
