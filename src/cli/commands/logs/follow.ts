import { existsSync, watch, type FSWatcher } from "node:fs";
import { EXIT } from "../../terminal/exit-codes.ts";

/** The interval for file systems that report no changes, and for a folder that does not exist. */
const POLL_INTERVAL_MS = 500;

/**
 * Reads whenever the folder changes, one reading at a time. Resolves with the exit code of the
 * signal that ended this.
 */
export async function followUntilInterrupted(
  folder: string,
  read: () => Promise<void>,
): Promise<number> {
  return new Promise<number>((settle, reject) => {
    let reading: Promise<void> | undefined;
    let isStale = false;
    const onChange = (): void => {
      isStale = true;
      reading ??= (async () => {
        while (isStale) {
          isStale = false;
          await read();
        }
        reading = undefined;
      })().catch(reject);
    };
    const watcher: FSWatcher | undefined = existsSync(folder) ? watch(folder, onChange) : undefined;
    const timer = setInterval(onChange, POLL_INTERVAL_MS);
    const end = (code: number) => (): void => {
      watcher?.close();
      clearInterval(timer);
      settle(code);
    };
    process.once("SIGINT", end(EXIT.interrupted)).once("SIGTERM", end(EXIT.terminated));
  });
}
