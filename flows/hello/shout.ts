import { Executor, type DocumentArray } from "jflow";

/** Says it louder: `uses_with.suffix` is put behind each text. */
export class Shout extends Executor<{ suffix?: string }> {
  static override readonly requests = { "/index": "shout", "/search": "shout" };

  shout(docs: DocumentArray): void {
    for (const doc of docs) doc.text = doc.text.toUpperCase() + (this.config.suffix ?? "!");
  }
}
