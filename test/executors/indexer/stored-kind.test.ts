import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readStoredKind, writeStoredKind } from "../../../src/executors/indexer/stored-kind.ts";

const KIND = { kind: "dense", dimensions: 2 } as const;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "stored-kind-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("returns the kind that was written, and undefined before", () => {
  expect(readStoredKind(folder)).toBe(undefined);
  writeStoredKind(folder, KIND);
  expect(readStoredKind(folder)).toEqual(KIND);
});

test("a file that a loss of power cut or damaged counts as absent", () => {
  writeStoredKind(folder, KIND);
  const path = join(folder, "vector-kind");
  const whole = readFileSync(path, "utf8");
  for (const damaged of ["", whole.slice(0, -1), whole.replace("2}", "3}"), "\0".repeat(40)]) {
    writeFileSync(path, damaged);
    expect(readStoredKind(folder)).toBe(undefined);
  }
});
