import { fstatSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { JflowError } from "../../../../util/errors.ts";

interface OutputFiles {
  readonly output?: string;
  readonly errors?: string;
}

/**
 * Throws `INVALID_ARGUMENT` if `--errors` or `--output` names a file of the input, which would be
 * emptied before it is read, or if both name one file.
 */
export function checkOutputFiles(inputs: readonly string[], { output, errors }: OutputFiles): void {
  const read = new Set(inputs.map(identify).filter((file) => file !== undefined));
  const written = new Set<string>();
  for (const [option, path] of Object.entries({ "--errors": errors, "--output": output })) {
    const file = path === undefined || path === "-" ? undefined : identify(path);
    if (file === undefined) continue;
    if (read.has(file))
      throw new JflowError(
        "INVALID_ARGUMENT",
        `${option} ${path} is also an input, and would be emptied before it is read: name another file`,
      );
    if (written.has(file))
      throw new JflowError(
        "INVALID_ARGUMENT",
        `--errors and --output are the same file, ${path}: name two files`,
      );
    written.add(file);
  }
}

/**
 * Returns what identifies a file under all its names, also before it exists. Returns undefined for
 * pipes and devices.
 */
function identify(path: string): string | undefined {
  try {
    const found = path === "-" ? fstatSync(0) : statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return resolve(path);
    return found.isFile() ? `${found.dev}:${found.ino}` : undefined;
  } catch {
    return undefined;
  }
}
