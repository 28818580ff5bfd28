import { randomUUID } from "node:crypto";
import { JflowError } from "../../util/errors.ts";
import type { ChildMessage } from "../../model/replica.ts";
import type { ReshardDone } from "../../model/reshard.ts";
import type { Assembly } from "../assemble/assemble.ts";
import { launchTask } from "../assemble/launch.ts";
import type { ChildRegister } from "../disk/child-register.ts";
import { Child } from "../children/child.ts";
import { describeExit } from "../decide/lifecycle/replica-state.ts";

/** The number of last lines that are shown of a failed worker. */
const TAIL_LINES = 10;

/** The options of every step of a reshard. */
export interface TaskDeps {
  readonly assembly: Assembly;
  readonly register: ChildRegister;
}

/**
 * Runs one step in a worker and waits for its end. Throws `FAILED_PRECONDITION` with the reason, or
 * the last lines, of a worker that fails.
 */
export async function runTask(
  { assembly, register }: TaskDeps,
  deployment: string,
  place: Parameters<typeof launchTask>[2],
): Promise<ReshardDone> {
  const { entry, nodeOptions, env, cwd, spec } = launchTask(assembly, deployment, place);
  const processId = randomUUID();
  const lines: string[] = [];
  const messages: ChildMessage[] = [];
  const child = new Child({
    entry,
    nodeOptions,
    env,
    cwd,
    processId,
    onLine: (_, text) => lines.push(text),
    onMessage: (message) => messages.push(message),
  });
  await register.add({ ...child.identity, address: `${deployment}/${place.shard}`, processId });
  child.send(spec(processId));
  const exit = await child.gone;
  register.remove(processId);
  const done = messages.find((message) => message.type === "resharded");
  if (done !== undefined) return done;
  const failed = messages.find((message) => message.type === "failed");
  const why = failed?.message ?? [describeExit(exit), ...lines.slice(-TAIL_LINES)].join("\n");
  throw new JflowError("FAILED_PRECONDITION", why);
}
