import { existsSync } from "node:fs";

const SETPRIV = ["/usr/bin/setpriv", "/bin/setpriv"];

/**
 * Returns the command that runs a program which the kernel ends together with its parent. Returns
 * undefined if the system has no `setpriv`: only Linux does.
 */
export function dieWithParent(
  program: string,
  args: readonly string[],
): { readonly program: string; readonly args: string[] } | undefined {
  if (process.platform !== "linux") return undefined;
  const setpriv = SETPRIV.find((path) => existsSync(path));
  if (setpriv === undefined) return undefined;
  return { program: setpriv, args: ["--pdeathsig", "KILL", program, ...args] };
}
