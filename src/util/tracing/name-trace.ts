/** Returns the text with the trace at the end of its first line. */
export function nameTrace(text: string, traceId: string | undefined): string {
  if (traceId === undefined) return text;
  const end = text.indexOf("\n");
  const [first, rest] = end === -1 ? [text, ""] : [text.slice(0, end), text.slice(end)];
  return `${first} trace_id=${traceId}${rest}`;
}
