import type { Path, Span } from "./diagnostics.ts";

/** The spans of one entry. An entry of a list has no key. */
interface EntrySpans {
  readonly key?: Span;
  readonly value: Span;
}

/** The spans of the keys and values of a flow file, by path. */
export class FileLocations {
  readonly #spans = new Map<string, EntrySpans>();
  readonly #whole: Span;
  readonly #text: string;

  /** `whole` is the span of every path that is not recorded, `text` the whole file. */
  constructor(whole: Span, text: string) {
    this.#whole = whole;
    this.#text = text;
  }

  record(path: Path, spans: EntrySpans): void {
    this.#spans.set(JSON.stringify(path), spans);
  }

  /** Returns the span of a value, or of the nearest recorded value around it. */
  valueAt(path: Path): Span {
    for (let length = path.length; length >= 0; length -= 1) {
      const spans = this.#spans.get(JSON.stringify(path.slice(0, length)));
      if (spans) return spans.value;
    }
    return this.#whole;
  }

  /**
   * Returns a value as the file writes it, or `undefined` for a value of another file or an alias.
   */
  textAt(path: Path): string | undefined {
    const span = this.#spans.get(JSON.stringify(path))?.value;
    const text = span && this.#text.slice(span.start, span.end);
    return text?.startsWith("*") ? undefined : text;
  }

  /** Returns the span of a key, or of the value if there is no key. */
  keyAt(path: Path): Span {
    return this.#spans.get(JSON.stringify(path))?.key ?? this.valueAt(path);
  }
}
