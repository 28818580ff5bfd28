import { expect } from "vitest";
import { formatDiagnostics, readFlow, type Flow, type FlowSource } from "../../src/flow/flow.ts";

/** What a test may set of a source; the file is `/p/flow.yml`. */
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

/** The flow of a text without an error; fails with the frames if there is one. */
export function readGood(text: string, options: SourceOptions = {}): Flow {
  const { flow, diagnostics } = read(text, options);
  if (!flow) expect.fail(`the flow has errors:\n${formatDiagnostics(diagnostics, text)}`);
  return flow;
}

/** The findings as `line:column severity [code] message | hint`. */
export function findings(text: string, options: SourceOptions = {}): readonly string[] {
  return read(text, options).diagnostics.map(
    ({ line, column, severity, code, message, hint }) =>
      `${line}:${column} ${severity} [${code}] ${message}${hint === undefined ? "" : ` | ${hint}`}`,
  );
}
