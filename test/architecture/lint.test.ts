import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");

/** Breaches that lint finds, by the rule that finds them. */
const BREACHES: Readonly<Record<string, string>> = {
  "import(consistent-type-specifier-style)":
    'import { type A } from "./a.ts";\nexport type B = A;\n',
  "import(no-duplicates)":
    'import { a } from "node:fs";\nimport type { A } from "node:fs";\nexport const b: A = a;\n',
  "typescript(consistent-type-imports)": 'import { A } from "./a.ts";\nexport type B = A;\n',
  "vitest(consistent-test-it)":
    'import { expect, it } from "vitest";\nit("holds", () => expect(1).toBe(1));\n',
  "eslint(max-lines)": "export {};\n".repeat(251),
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "jflow-lint-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(Object.entries(BREACHES))("lint finds a breach of %s", (rule, text) => {
  const file = join(folder, "planted.test.ts");
  writeFileSync(file, text);
  expect(lint(file)).toContain(rule);
});

/** The findings as text. Lint exits with 1 when it finds something. */
function lint(file: string): string {
  const program = join(ROOT, "node_modules/.bin/oxlint");
  try {
    return execFileSync(program, ["-c", ".config/oxlint.json", "-f", "unix", file], {
      cwd: ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch (error) {
    return String((error as { stdout: unknown }).stdout);
  }
}
