import { expect } from "vitest";
import { formatDiagnostics, readFlow, type Flow, type FlowSource } from "../../src/flow/flow.ts";

/** What a test may set of a source; the file is `/p/flow.yml`. */
export type Setting = Partial<Omit<FlowSource, "text" | "exists">> & {
  readonly files?: readonly string[];
};

/** Reads a text as `/p/flow.yml`; only `files` exist. */
export function read(text: string, setting: Setting = {}): ReturnType<typeof readFlow> {
  const { files = [], ...source } = setting;
  return readFlow({
    file: "/p/flow.yml",
    variables: {},
    ...source,
    text,
    exists: (path) => files.includes(path),
  });
}

/** The flow of a text without an error; fails with the frames if there is one. */
export function readGood(text: string, setting: Setting = {}): Flow {
  const { flow, diagnostics } = read(text, setting);
  if (!flow) expect.fail(`the flow has errors:\n${formatDiagnostics(diagnostics, text)}`);
  return flow;
}

/** The findings as `line:column severity [code] message | hint`. */
export function findings(text: string, setting: Setting = {}): readonly string[] {
  return read(text, setting).diagnostics.map(
    ({ line, column, severity, code, message, hint }) =>
      `${line}:${column} ${severity} [${code}] ${message}${hint === undefined ? "" : ` | ${hint}`}`,
  );
}
