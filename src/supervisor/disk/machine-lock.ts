import { createServer } from "node:net";
import { hasCode } from "../../util/error-code.ts";

/**
 * A lock that one process of the machine can hold. The kernel releases the lock when the process
 * ends.
 */
export interface MachineLock {
  release(): void;
}

/**
 * Takes a lock by its name, with an abstract socket, which has no file. Resolves with "taken" if
 * another process holds the lock, and with undefined if the system has no abstract sockets (not
 * Linux).
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
