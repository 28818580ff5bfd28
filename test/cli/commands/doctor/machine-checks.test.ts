import { expect, test } from "vitest";
import {
  checkNode,
  checkOpenFiles,
  judgeDisk,
} from "../../../../src/cli/commands/doctor/machine-checks.ts";

test.for([
  { version: "20.19.0", level: "ok" },
  { version: "22.1.0", level: "ok" },
  { version: "20.18.3", level: "error" },
  { version: "18.20.0", level: "error" },
])("Node.js $version is $level", ({ version, level }) => {
  expect(checkNode(version).level).toBe(level);
});

test.for([
  { limit: undefined, level: "ok" },
  { limit: 1024, level: "ok" },
  { limit: 256, level: "warn" },
])("a limit of $limit open files is $level", ({ limit, level }) => {
  expect(checkOpenFiles(limit).level).toBe(level);
});

test.for([
  { free: 2e9, level: "ok" },
  { free: 5e8, level: "warn" },
  { free: 5e7, level: "error" },
])("$free free bytes are $level", ({ free, level }) => {
  expect(judgeDisk("/data", free).level).toBe(level);
});
