import { parseDocuments } from "../../../document/json/parse-documents.ts";

export type Parsed = { readonly value: unknown } | { readonly error: string };

/** The text of a value, and the value or why the text has none. */
export type ParsedText = Parsed & { readonly text: string };

export function tryParse(text: string): Parsed {
  try {
    return { value: parseDocuments(text) };
  } catch (error) {
    return { error: `not valid JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}
