import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadExecutor, pickExecutor } from "../../../src/worker/executor/load-executor.ts";

class First {
  static readonly requests = { "/a": "a" };
  a(): void {}
}
class Second {
  static readonly requests = { "/b": "b" };
  b(): void {}
}
class Plain {
  a(): void {}
}

describe("picking an executor among a module's exports", () => {
  test("the one class with requests is chosen among other exports", () => {
    expect(pickExecutor({ Plain, helper: () => 1, limit: 3, First }, undefined, "./x.ts")).toBe(
      First,
    );
  });

  test("a class exported under two names counts once", () => {
    expect(pickExecutor({ First, default: First }, undefined, "./x.ts")).toBe(First);
  });

  test("several executors are refused with their names, and one can be chosen by name", () => {
    expect(() => pickExecutor({ First, Second }, undefined, "./x.ts")).toThrow(
      "./x.ts exports several executors (First, Second): name one, as in ./x.ts#First",
    );
    expect(pickExecutor({ First, Second }, "Second", "./x.ts#Second")).toBe(Second);
  });

  test("a base class without bindings does not count next to an executor with bindings", () => {
    class Base {
      static readonly requests = {};
      a(): void {}
    }
    expect(pickExecutor({ Base, First }, undefined, "./x.ts")).toBe(First);
  });

  test("a module without an executor is refused, with an example of one", () => {
    expect(() => pickExecutor({ Plain }, undefined, "./x.ts")).toThrow(
      "./x.ts exports no executor: a class with static requests",
    );
  });

  test("an unknown name is refused with the known names", () => {
    expect(() => pickExecutor({ First }, "Frist", "./x.ts#Frist")).toThrow(
      'has no export "Frist"; it has the executors First',
    );
    expect(() => pickExecutor({ Plain }, "Plain", "./x.ts#Plain")).toThrow(
      "which is not an executor: it has no static requests",
    );
  });
});

describe("loading an executor", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "jflow-load-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("an executor is recognized by its shape, without an import of jflow", async () => {
    const path = join(folder, "shape.mjs");
    await writeFile(path, 'export class Shape { static requests = { "/x": "x" }; x() {} }\n');
    expect((await loadExecutor({ path }, "./shape.mjs")).name).toBe("Shape");
  });

  test("a CommonJS executor is found by name or alone, exported as a class or in an object", async () => {
    const shape = (name: string): string =>
      `class ${name} { static requests = { "/x": "x" }; x() {} }`;
    const several = join(folder, "several.mjs");
    await writeFile(
      several,
      `export default { Left: ${shape("Left")}, Right: ${shape("Right")} };\n`,
    );
    expect(
      (await loadExecutor({ path: several, exportName: "Right" }, "./several.cjs#Right")).name,
    ).toBe("Right");
    const alone = join(folder, "alone.mjs");
    await writeFile(alone, `export default ${shape("Alone")};\n`);
    expect((await loadExecutor({ path: alone }, "./alone.cjs")).name).toBe("Alone");
  });

  test("an exception of the module passes through", async () => {
    const path = join(folder, "broken.mjs");
    await writeFile(path, 'throw new TypeError("broken at import");\n');
    await expect(loadExecutor({ path }, "./broken.mjs")).rejects.toThrow("broken at import");
  });
});
