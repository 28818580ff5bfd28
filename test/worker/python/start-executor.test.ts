import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const PROGRAM = join(import.meta.dirname, "../../../src/worker/python/start-executor.py");

/** A stand-in for Jina's: it replaces each text by its length. */
const JAML = `
class JAML:
    @staticmethod
    def expand_dict(values, context=None):
        return {key: expand(value) for key, value in values.items()}

def expand(value):
    return {key: expand(each) for key, each in value.items()} if isinstance(value, dict) else len(value)
`;

const SCRIPT = `
import argparse, importlib.util, json, sys
spec = importlib.util.spec_from_file_location('start', sys.argv[1])
start = importlib.util.module_from_spec(spec)
spec.loader.exec_module(start)
from jina.jaml import JAML
start.keep_options(argparse.Namespace(uses_with={'p': '$HOME', 'since': [{'__yaml_timestamp__': '2020-01-01'}]}, uses_metas=None, uses_requests={}, uses_dynamic_batching=None))
print(json.dumps(JAML.expand_dict({'with': {'p': '$HOME', 'own': '$HOME'}, 'metas': {'name': '$X'}})))
`;

test("Jina expands the options of the executor's own file, and not those of the flow file, whose dates are dates", () => {
  const folder = mkdtempSync(join(tmpdir(), "jflow-start-"));
  mkdirSync(join(folder, "jina"));
  writeFileSync(join(folder, "jina", "__init__.py"), "");
  writeFileSync(join(folder, "jina", "jaml.py"), JAML);
  writeFileSync(join(folder, "yaml.py"), "safe_load = lambda text: 'date ' + text\n");
  const output = execFileSync("python3", ["-c", SCRIPT, PROGRAM], {
    encoding: "utf8",
    env: { ...process.env, PYTHONPATH: folder },
  });
  expect(JSON.parse(output)).toEqual({
    with: { p: "$HOME", since: ["date 2020-01-01"], own: 5 },
    metas: { name: 2 },
  });
});
