import { expect, test } from "vitest";
import { ALLOWED_FIELDS } from "../interop/allowed-fields.ts";
import { listLimits } from "../rig/limits-reference.ts";
import { readDocument, writeDocument } from "./documents.ts";
import { GENERATED, generateDocument, readBetween } from "./generated.ts";

if (process.env["UPDATE_DOCS"])
  for (const generated of GENERATED) writeDocument(generated.document, generateDocument(generated));

test.for(GENERATED)("$document is up to date (npm run docs writes it)", (generated) => {
  expect(readDocument(generated.document)).toBe(generateDocument(generated));
});

test("every limit has a docstring and stands in the page of limits once", () => {
  const rows = readDocument("src/LIMITS.md").matchAll(/^\| `(\w+)`/gm);
  const named = [...rows].map(([, name]) => name);
  expect(named.length).toBe(new Set(named).size);
  expect(new Set(named)).toEqual(new Set(listLimits()));
});

test("the table of differences from Jina is the table that the comparison allows", () => {
  const table = readBetween("src/gateway/JINA.md", "differences");
  const names = [...table.matchAll(/^\| `([\w-]+)`/gm)].map(([, name]) => name);
  expect(new Set(names)).toEqual(new Set(Object.keys(ALLOWED_FIELDS)));
});
