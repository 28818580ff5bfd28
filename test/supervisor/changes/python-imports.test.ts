import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findPythonImports } from "../../../src/supervisor/changes/python-imports.ts";

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "jflow-python-")));
});
afterEach(async () => rm(folder, { recursive: true }));

/** Writes files by name and returns the files that the first one imports. */
async function importsOf(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const [first] = Object.keys(files);
  const found = await findPythonImports([join(folder, first!)], folder);
  return found.map((path) => relative(folder, path)).toSorted();
}

test("modules next to the file, in packages and in the folder of the flow are found", async () => {
  const found = await importsOf({
    "executors/main.py":
      "import numpy, helper as h\nfrom jina import Executor\nfrom lib.model import (\n    Model,  # one\n    weights,\n)\n  import inner\n",
    "executors/helper.py": "",
    "executors/inner.py": "",
    "executors/other.py": "",
    "lib/__init__.py": "",
    "lib/model/__init__.py": "from .layers import Layer\n",
    "lib/model/weights.py": "from .. import shared\nfrom ..deep.er import x\n",
    "lib/model/layers.py": "import main\nfrom . import weights\n",
    "lib/shared.py": "",
    "lib/deep/er.py": "",
  });
  expect(found).toEqual([
    "executors/helper.py",
    "executors/inner.py",
    "lib/__init__.py",
    "lib/deep/er.py",
    "lib/model/__init__.py",
    "lib/model/layers.py",
    "lib/model/weights.py",
    "lib/shared.py",
  ]);
});

test("comments, installed packages and missing modules are left out", async () => {
  const found = await importsOf({
    "main.py": "# import gone\nimport os, gone\nfrom .gone import x\nfromage = 1\nimportant = 2\n",
    "important.py": "",
    "fromage.py": "",
  });
  expect(found).toEqual([]);
});

test("files that import each other are found once", async () => {
  expect(await importsOf({ "a.py": "import b\n", "b.py": "import a, b\n" })).toEqual(["b.py"]);
});
