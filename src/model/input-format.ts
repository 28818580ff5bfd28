/**
 * How a file of documents is read. `json` is JSON Lines, one JSON array or JSON objects. With
 * `text`, the whole file is one document.
 */
export const INPUT_FORMATS = ["json", "csv", "tsv", "text"] as const;
export type InputFormat = (typeof INPUT_FORMATS)[number];
