import type { ExecutorClass } from "../../model/executor.ts";
import type { ReplicaSpec, WorkerHello } from "../../model/replica.ts";
import { bindEndpoints, isStateful, listWriteEndpoints, type Bindings } from "./bindings.ts";
import { loadExecutor } from "./load-executor.ts";

/** The class of an executor and its bindings in the flow. The class is not instantiated. */
export interface DescribedExecutor {
  readonly executor: ExecutorClass;
  readonly bindings: Bindings;
  /** The hello without the port and the copy. */
  readonly hello: WorkerHello;
}

/**
 * Loads the class that a spec names. Throws what `loadExecutor`, `bindEndpoints` and the module
 * throw.
 */
export async function describeExecutor(spec: ReplicaSpec): Promise<DescribedExecutor> {
  const executor = await loadExecutor(spec.module, spec.uses);
  const bindings = bindEndpoints(executor, spec.usesRequests);
  const stateful = isStateful(executor);
  const hello: WorkerHello = {
    type: "hello",
    kind: "worker",
    processId: spec.processId,
    port: 0,
    endpoints: [...bindings.methods.keys()],
    writes: listWriteEndpoints(bindings),
    polling: executor.polling ?? {},
    stateful,
    notices: listNotices(spec, executor, stateful),
  };
  return { executor, bindings, hello };
}

function listNotices(spec: ReplicaSpec, executor: ExecutorClass, stateful: boolean): string[] {
  if (stateful || (executor.writes ?? []).length === 0 || spec.replicas < 2) return [];
  return [
    `${spec.deployment}: ${executor.name} declares writes but lacks snapshot or restore: its ${spec.replicas} replicas are not kept equal and may hold different documents`,
  ];
}
