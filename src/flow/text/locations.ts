import type { Path, Span } from "./diagnostics.ts";

/** Where each key and value of a flow file stands. */
export interface Places {
  /** The place of a value, or of the nearest value around it that has one. */
  valueAt(path: Path): Span;
  /** The place of a key, or of the value where there is no key (an entry of a list). */
  keyAt(path: Path): Span;
}

/** Places while they are collected. */
export interface PlaceBook extends Places {
  record(path: Path, place: { readonly key?: Span; readonly value: Span }): void;
}

/** An empty book; `whole` stands for everything that was not recorded. */
export function openPlaceBook(whole: Span): PlaceBook {
  const places = new Map<string, { readonly key?: Span; readonly value: Span }>();
  const valueAt = (path: Path): Span => {
    for (let length = path.length; length >= 0; length -= 1) {
      const place = places.get(JSON.stringify(path.slice(0, length)));
      if (place) return place.value;
    }
    return whole;
  };
  return {
    record: (path, place) => void places.set(JSON.stringify(path), place),
    valueAt,
    keyAt: (path) => places.get(JSON.stringify(path))?.key ?? valueAt(path),
  };
}
