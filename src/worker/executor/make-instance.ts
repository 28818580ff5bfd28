import type { ExecutorClass, ExecutorInstance, ExecutorPlace } from "../../model/executor.ts";

/** Returns `executor-1` for `executor`, and `executor-2` for `executor-1`. */
export function nextFolder(folder: string): string {
  const [, base = folder, number = "0"] = /^(.*)-(\d+)$/.exec(folder) ?? [];
  return `${base}-${Number(number) + 1}`;
}

/** Creates an instance and loads it. Throws what the constructor or `load()` throws. */
export async function makeInstance({
  executor: Executor,
  config,
  place,
}: {
  readonly executor: ExecutorClass;
  readonly config: Readonly<Record<string, unknown>>;
  readonly place: ExecutorPlace;
}): Promise<ExecutorInstance> {
  const instance = new Executor(config, place);
  for (const [name, value] of Object.entries({ config, ...place })) {
    if (!(name in instance))
      Object.defineProperty(instance, name, {
        value,
        writable: true,
        configurable: true,
        enumerable: true,
      });
  }
  await instance.load?.();
  return instance;
}
