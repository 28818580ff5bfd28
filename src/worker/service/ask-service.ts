import type { CopyTask } from "../../model/shard/backup.ts";
import type { Inspection } from "../../model/control/messages.ts";
import type { Position } from "../../model/shard/log.ts";
import { JflowError } from "../../util/errors.ts";
import type { ReplicaService } from "./replica-service.ts";

/** Carries out a task of the supervisor. Rejects with `UNAVAILABLE` without a copy that runs. */
export async function carryOutTask(
  service: ReplicaService | undefined,
  task: CopyTask,
): Promise<Position> {
  if (service?.copy !== undefined) return service.copy.carryOut(task);
  throw new JflowError("UNAVAILABLE", "the replica has no copy of a shard that serves");
}

/** Returns what `jflow verify` compares. Rejects while the worker starts. */
export async function inspectService(service: ReplicaService | undefined): Promise<Inspection> {
  if (service !== undefined) return service.inspect();
  throw new JflowError("UNAVAILABLE", "the worker is still starting");
}
