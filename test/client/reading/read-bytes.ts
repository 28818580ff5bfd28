import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InputItem } from "../../../src/client/reading/items/input.ts";
import { readInput, type ReadOptions } from "../../../src/client/reading/read-input.ts";
import { Document } from "../../../src/document/document.ts";
import { documentToJson } from "../../../src/document/json/json-document.ts";

async function* nothing(): AsyncGenerator<Uint8Array> {
  // Standard input without data.
}

/** Returns the items of a file with this name and content: documents as JSON, with their lines. */
export async function readBytes(
  name: string,
  content: string | Uint8Array,
  options: Partial<ReadOptions> = {},
): Promise<unknown[]> {
  const folder = mkdtempSync(join(tmpdir(), "jflow-input-"));
  const path = join(folder, name);
  writeFileSync(path, content);
  const items: unknown[] = [];
  try {
    for await (const item of readInput([{ path }], { stdin: nothing(), ...options }))
      items.push(showItem(item));
  } finally {
    rmSync(folder, { recursive: true });
  }
  return items;
}

function showItem(item: InputItem): unknown {
  if (item.kind === "bad") return { line: item.location.line, bad: item.reason, text: item.text };
  if (item.kind === "notice") return { notice: item.text };
  return {
    line: item.document.location?.line,
    ...documentToJson(Document.decode(item.document.bytes), { empty: "omit" }),
  };
}
