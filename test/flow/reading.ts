import { expect } from "vitest";
import { formatDiagnostics, readFlow, type Flow, type FlowSource } from "../../src/flow/flow.ts";

/** The parts of a source that a test may set. The file is `/p/flow.yml`. */
export type SourceOptions = Partial<Omit<FlowSource, "text" | "exists">> & {
  readonly files?: readonly string[];
};

/** Reads a text as `/p/flow.yml`; only `files` exist. */
export function read(text: string, options: SourceOptions = {}): ReturnType<typeof readFlow> {
  const { files = [], ...source } = options;
  return readFlow({
    file: "/p/flow.yml",
    variables: {},
    ...source,
    text,
    exists: (path) => files.includes(path),
  });
}

/** Returns the flow of a text without errors. Fails with the formatted findings otherwise. */
export function readGood(text: string, options: SourceOptions = {}): Flow {
  const { flow, diagnostics } = read(text, options);
  if (!flow) expect.fail(`the flow has errors:\n${formatDiagnostics(diagnostics, text)}`);
  return flow;
}

/** Returns the findings as `line:column severity [code] message | hint`. */
export function findings(text: string, options: SourceOptions = {}): readonly string[] {
  return read(text, options).diagnostics.map(
    ({ line, column, severity, code, message, hint }) =>
      `${line}:${column} ${severity} [${code}] ${message}${hint === undefined ? "" : ` | ${hint}`}`,
  );
}
