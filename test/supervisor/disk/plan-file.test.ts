import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PlanFile } from "../../../src/supervisor/disk/plan-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "jflow-plan-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("the numbers of replicas are read back, and the file is gone without numbers", async () => {
  const file = new PlanFile(join(folder, "plan.json"));
  expect(await file.read()).toEqual({});
  await file.write({ encoder: 5 });
  expect(await new PlanFile(join(folder, "plan.json")).read()).toEqual({ encoder: 5 });
  await file.write({});
  expect(readdirSync(folder)).toEqual([]);
  await file.remove();
});

test.each([
  {
    text: `{"schema":"jflow.plan/v1","replicas":{"encoder":0}}`,
    problem: "expected number to be >0",
  },
  {
    text: `{"schema":"jflow.plan/v1","replicas":{"a":1000000}}`,
    problem: "expected number to be <=",
  },
  { text: `{"schema":"jflow.plan/v2","replicas":{}}`, problem: 'expected "jflow.plan/v1"' },
  { text: `{"schema":"jflow.plan/v1","repl`, problem: "JSON" },
  { text: "", problem: "JSON" },
])("a file with $text is not valid", async ({ text, problem }) => {
  const path = join(folder, "plan.json");
  writeFileSync(path, text);
  const reading = new PlanFile(path).read();
  await expect(reading).rejects.toThrow(`${path} is not valid: `);
  await expect(reading).rejects.toThrow(problem);
});
