/** Characters that move the cursor, change its color or reorder the text around them. */
// oxlint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;
const WIDE =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|[\u{20000}-\u{3FFFD}])/u;
const ZERO = /^(?:\p{Mark}|[\u200B-\u200D\uFEFF])+$/u;
const ASCII = /^[\u0020-\u007E]*$/;

const segmenter = new Intl.Segmenter();

/** Returns the text on one line, without characters that a terminal would obey. */
export function toOneLine(text: string): string {
  return text.replaceAll(/\s+/gu, " ").replaceAll(UNPRINTABLE, "").trim();
}

/** Returns the number of terminal columns that a text takes. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += segmentWidth(segment);
  return width;
}

/** Returns the text, or its start and an ellipsis, in at most `width` columns. */
export function cutText(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let cut = "";
  let left = width - 1;
  for (const { segment } of segmenter.segment(text)) {
    left -= segmentWidth(segment);
    if (left < 0) break;
    cut += segment;
  }
  return width < 1 ? "" : `${cut.trimEnd()}…`;
}

function segmentWidth(segment: string): number {
  if (ZERO.test(segment)) return 0;
  return WIDE.test(segment) ? 2 : 1;
}

const GAP = "  ";

/** Joins parts with two spaces, in as few lines of at most `width` columns as they need. */
export function wrapParts(parts: readonly string[], width: number | undefined): string {
  const lines: string[] = [];
  for (const part of parts) {
    const line = lines.at(-1);
    const longer = line === undefined ? part : `${line}${GAP}${part}`;
    if (line !== undefined && (width === undefined || displayWidth(longer) <= width))
      lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines.join("\n");
}
