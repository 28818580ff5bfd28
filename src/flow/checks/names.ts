import type { Draft, DraftExecutor } from "../draft/draft.ts";
import type { CheckDeps } from "../draft/read-keys.ts";
import { MAX_NAME_CHARS } from "../../util/limits/flow-file.ts";

/**
 * A name is an identifier, as in Jina. It is also a folder, part of an address and a prefix of
 * parameters.
 */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** The suffixes of the processes of `uses_before` and `uses_after`. */
const RESERVED_SUFFIXES = ["_uses_before", "_uses_after"] as const;

/** Checks that names are identifiers, are not reserved and differ in more than case. */
export function checkNames(draft: Draft, deps: CheckDeps): void {
  const first = new Map<string, DraftExecutor>();
  for (const executor of draft.executors) {
    const fault =
      describeFault(executor.name) ??
      describeClash(executor, first.get(executor.name.toLowerCase()), deps);
    if (fault) {
      const path = [...executor.path, "name"];
      deps.report.add({ code: "name", span: deps.locations.valueAt(path), path, ...fault });
    }
    if (!first.has(executor.name.toLowerCase())) first.set(executor.name.toLowerCase(), executor);
  }
}

function describeFault(name: string): { message: string; hint?: string } | undefined {
  if (name.toLowerCase() === "gateway")
    return { message: `executor name "${name}" is reserved for the gateway` };
  const suffix = RESERVED_SUFFIXES.find((reserved) => name.toLowerCase().endsWith(reserved));
  if (suffix !== undefined)
    return {
      message: `executor name "${name}" is reserved: names that end in "${suffix}" belong to helper processes`,
    };
  if (name.length > MAX_NAME_CHARS)
    return { message: `executor name "${name}" is longer than ${MAX_NAME_CHARS} characters` };
  if (NAME.test(name)) return undefined;
  const message = `executor name "${name}" is not valid: use the letters a to z and A to Z, digits and _, and no digit at the start`;
  const hint = suggestName(name);
  return {
    message: name.includes("-") ? `${message} (Jina does not allow hyphens)` : message,
    ...(hint === undefined ? {} : { hint: `write "${hint}"` }),
  };
}

/** Returns a valid name with the same letters, without accents, or `undefined` if none remain. */
function suggestName(name: string): string | undefined {
  const plain = name
    .normalize("NFD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^A-Za-z0-9_]+/g, "_")
    .replace(/^(?=\d)/, "_");
  return /[A-Za-z0-9]/.test(plain) ? plain : undefined;
}

function describeClash(
  executor: DraftExecutor,
  other: DraftExecutor | undefined,
  { lineOf }: CheckDeps,
): { message: string } | undefined {
  if (!other) return undefined;
  const line = lineOf([...other.path, "name"]);
  return executor.name === other.name
    ? { message: `executor name "${executor.name}" is used twice (first in line ${line})` }
    : {
        message: `executor names "${executor.name}" and "${other.name}" (line ${line}) differ only in case: some file systems have one folder for both`,
      };
}
