import { isUtf8 } from "node:buffer";
import { NOT_UTF8 } from "./bytes/to-utf8.ts";
import { Document } from "../../document/document.ts";
import { MAX_INPUT_LINE_BYTES } from "../../util/limits/clients.ts";
import type { InputText, RecordOptions } from "./items/input-text.ts";
import { toInput, type InputItem } from "./items/input.ts";

const NOT_TEXT = "the file is not text: write its documents as JSON Lines, CSV or Parquet";

/** Reads a whole file as one document. The text of a pipe has no id. */
export async function* readText(
  { source, chunks, again }: InputText,
  { idOfFile }: RecordOptions,
): AsyncGenerator<InputItem> {
  const location = { source, line: 0 };
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > MAX_INPUT_LINE_BYTES) {
      yield {
        kind: "bad",
        location,
        reason: `longer than ${MAX_INPUT_LINE_BYTES} bytes`,
        text: "",
      };
      return;
    }
    parts.push(chunk);
  }
  const whole = Buffer.concat(parts);
  if (!isUtf8(whole)) {
    const reason = whole.includes(0) ? NOT_TEXT : NOT_UTF8;
    yield { kind: "bad", location, reason, text: "" };
    return;
  }
  if (whole.length === 0) {
    yield { kind: "notice", source, text: "the file is empty" };
    return;
  }
  const text = whole.toString("utf8");
  // Two texts from pipes are two documents.
  const id = again === undefined ? undefined : idOfFile(source);
  const document = new Document(id === undefined ? { text } : { id, uri: id, text });
  yield { kind: "document", document: toInput(document, location) };
}
