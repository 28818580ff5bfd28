import { createServer } from "node:net";
import { hasCode } from "../../util/error-code.ts";

/**
 * A name that only one process of the machine can hold; the kernel lets go of it when that process
 * ends, however it ends.
 */
export interface MachineLock {
  release(): void;
}

/**
 * Takes a name: an abstract socket, which has no file. "taken" where another process holds it;
 * undefined where the system has none (not Linux).
 */
export async function takeLock(name: string): Promise<MachineLock | "taken" | undefined> {
  if (process.platform !== "linux") return undefined;
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error) =>
      hasCode(error, "EADDRINUSE") ? resolve("taken") : reject(error),
    );
    server.listen(`\0${name}`, () => {
      server.unref();
      resolve({ release: () => void server.close() });
    });
  });
}
