import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterAll, describe, expect, test } from "vitest";
import { formatDiagnostics, readFlow } from "../../src/flow/flow.ts";
import { listBlocks, ROOT, type Block } from "./documents.ts";

const BLOCKS = listBlocks();
const scratch = mkdtempSync(join(tmpdir(), "jflow-blocks-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** `sh` is checked by names.test.ts, `console` by sessions.test.ts, the rest shows no program. */
const LANGUAGES = [
  "console",
  "json",
  "mermaid",
  "python",
  "sh",
  "text",
  "ts",
  "typescript",
  "yaml",
];

function withPlace(block: Block): Block & { place: string } {
  return { ...block, place: `${block.document}:${block.line}` };
}

test("every code block is of a language that is checked", () => {
  const others = BLOCKS.filter(({ language }) => !LANGUAGES.includes(language)).map(withPlace);
  expect(others.map(({ place, language }) => `${place} ${language}`)).toEqual([]);
});

test("every console block is run by a session", () => {
  const idle = BLOCKS.filter(
    ({ language, directive }) => language === "console" && !/^(console|not-run:)/.test(directive),
  );
  expect(idle.map(withPlace).map(({ place }) => place)).toEqual([]);
});

describe("YAML in the documents is a flow without errors", () => {
  const flows = BLOCKS.filter(
    ({ language, directive }) => language === "yaml" && !directive.includes("invalid"),
  );
  test.each(flows.map(withPlace))("$place", ({ text }) => {
    const { diagnostics } = readFlow({
      text,
      file: "/docs/flow.yml",
      variables: {},
      exists: () => true,
    });
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    expect(formatDiagnostics(errors, text)).toBe(formatDiagnostics([], text));
  });
});

describe("TypeScript in the documents compiles against the package", () => {
  const programs = BLOCKS.filter((block) => block.language === "ts").map(withPlace);
  test.each(programs)("$place", ({ text, place }) => {
    const folder = join(scratch, place.replaceAll(/\W/g, "-"));
    mkdirSync(join(folder, "node_modules"), { recursive: true });
    symlinkSync(ROOT, join(folder, "node_modules", "jflow"));
    writeFileSync(join(folder, "program.ts"), text);
    const { errors } = buildSync({
      entryPoints: [join(folder, "program.ts")],
      bundle: true,
      packages: "external",
      write: false,
      format: "esm",
      platform: "node",
      logLevel: "silent",
    });
    expect(errors).toEqual([]);
  });
});
