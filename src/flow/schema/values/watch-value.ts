import { z } from "zod";
import { withLabel, type EditorForm } from "./annotations.ts";
import { duration, writeDuration } from "./measures.ts";
import { closedMap, flag, textList } from "./value-kinds.ts";
import { DEFAULT_DEBOUNCE_MS, MAX_DEBOUNCE_MS } from "../../../util/limits/flow-file.ts";

/** How a running flow takes saved files. */
export interface WatchOptions {
  /** Files that are not watched, relative to the flow file. */
  readonly ignore: readonly string[];
  /** How long no file must be saved before the flow takes the saved ones. */
  readonly debounceMs: number;
}

export const WATCH_DEFAULTS: WatchOptions = { ignore: [], debounceMs: DEFAULT_DEBOUNCE_MS };

const WORDS = "true, false, or `{ ignore: [docs, '*.md'], debounce: 200ms }`";
const ERROR = "expected true, false, or a mapping with the keys ignore, debounce";
const FORM: EditorForm = {
  anyOf: [
    { type: "boolean" },
    {
      type: "object",
      properties: {
        ignore: { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] },
        debounce: { type: ["number", "string"] },
      },
      additionalProperties: false,
    },
  ],
};

/** Parses `true`, `false`, or a mapping of options, which is `true` too. */
export function watchValue(): z.ZodType<WatchOptions | false> {
  const debounce = duration().refine((ms) => ms <= MAX_DEBOUNCE_MS, {
    error: `must be at most ${writeDuration(MAX_DEBOUNCE_MS)}`,
  });
  const options = closedMap(
    {
      ignore: textList("a pattern", "patterns").default([]),
      debounce: debounce.default(DEFAULT_DEBOUNCE_MS),
    },
    ERROR,
  ).transform((value): WatchOptions => ({ ignore: value.ignore, debounceMs: value.debounce }));
  const choice = flag().transform((isOn): WatchOptions | false => (isOn ? WATCH_DEFAULTS : false));
  return withLabel(WORDS, z.union([options, choice], { error: ERROR }), FORM);
}

/** Formats the value as a file states it. */
export function writeWatch(value: WatchOptions | false): unknown {
  if (value === false) return false;
  const { ignore, debounceMs } = value;
  return { ignore, debounce: writeDuration(debounceMs) };
}
