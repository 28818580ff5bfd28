import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

test("the package holds every page that its README links", () => {
  const report = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const [{ files }] = JSON.parse(report) as [{ files: readonly { path: string }[] }];
  const packed = new Set(files.map(({ path }) => path));
  const links = [...readFileSync(join(ROOT, "README.md"), "utf8").matchAll(/\]\(([^)#\s]+)/g)]
    .map(([, target]) => target!)
    .filter((target) => !/^[a-z]+:/.test(target));
  expect(links.length).toBeGreaterThan(5);
  const isPacked = (target: string): boolean => {
    const path = normalize(target).replace(/\/$/, "");
    return packed.has(path) || [...packed].some((file) => file.startsWith(`${path}/`));
  };
  expect(links.filter((target) => !isPacked(target))).toEqual([]);
});
