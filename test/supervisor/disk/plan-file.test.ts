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

test("a damaged file is an error", async () => {
  writeFileSync(join(folder, "plan.json"), `{"schema":"jflow.plan/v1","replicas":{"encoder":0}}`);
  await expect(new PlanFile(join(folder, "plan.json")).read()).rejects.toThrow(
    "expected number to be >0",
  );
});
