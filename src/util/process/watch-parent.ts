import { Worker } from "node:worker_threads";

/** A thread of its own: an event loop that is busy must not outlive its parent. */
const WATCHDOG = `
  const { workerData } = require("node:worker_threads");
  setInterval(() => {
    if (process.ppid !== workerData.parent) process.kill(process.pid, "SIGKILL");
  }, workerData.everyMs);
`;

/**
 * Ends this process soon after its parent ended, even while its event loop is busy. Not needed if
 * the kernel does it (a child started under `setpriv --pdeathsig`): the first look at the parent is
 * then the only one.
 */
export function watchParent(everyMs = 500): void {
  const watchdog = new Worker(WATCHDOG, {
    eval: true,
    workerData: { parent: process.ppid, everyMs },
    execArgv: [],
    env: {},
  });
  watchdog.unref();
}
