/**
 * The sequences of several bytes that are valid in UTF-8, and each single byte that is not ASCII.
 */
const SEQUENCES =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g;
const ESCAPED = /[\udc80-\udcff]/u;

/**
 * Decodes a file in UTF-8, or in UTF-16 with a byte order mark. A byte that is not valid in UTF-8
 * becomes a lone surrogate, as in Python's `surrogateescape`. `findDamage` finds it.
 */
export function decodeText(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return bytes
      .toString("latin1")
      .replaceAll(SEQUENCES, (found) =>
        found.length === 1
          ? String.fromCharCode(0xdc00 + found.charCodeAt(0))
          : Buffer.from(found, "latin1").toString("utf8"),
      );
  }
}

/** Returns where `decodeText` found the first byte that is not UTF-8, and the byte. */
export function findDamage(
  text: string,
): { readonly at: number; readonly byte: number } | undefined {
  const at = text.search(ESCAPED);
  return at === -1 ? undefined : { at, byte: text.charCodeAt(at) - 0xdc00 };
}
