import { z } from "zod";
import { withLabel } from "./annotations.ts";

const LABEL = /^[\p{L}\p{N}_](?:[\p{L}\p{N}_-]*[\p{L}\p{N}_])?$/u;
const MAX_HOST_CHARS = 253;

/** Whether a text is an IPv6 address without brackets, possibly with a zone. */
export function isIpv6(text: string): boolean {
  return URL.canParse(`http://[${text.replace(/%[\w.-]+$/, "")}]`);
}

/** Whether a text is an IPv4 address or the name of a host. */
export function isHostName(text: string): boolean {
  if (/^[\d.]+$/.test(text))
    return /^\d+(?:\.\d+){3}$/.test(text) && text.split(".").every((part) => Number(part) <= 255);
  const labels = text.replace(/\.$/, "").split(".");
  return text.length <= MAX_HOST_CHARS && labels.every((label) => LABEL.test(label));
}

/** Parses a host to listen on. An IPv6 address may have brackets. */
export function host(): z.ZodType<string> {
  const schema = z.string({ error: "expected a host" }).transform((text, context) => {
    const name = /^\[(.*)\]$/.exec(text)?.[1];
    if (name === undefined ? isHostName(text) || isIpv6(text) : isIpv6(name)) return name ?? text;
    context.issues.push({ code: "custom", message: describeHost(text), input: text });
    return z.NEVER;
  });
  return withLabel("a host", schema);
}

function describeHost(text: string): string {
  if (text.includes("/")) return "expected a host without a scheme or path, such as 127.0.0.1";
  return /:\d+$/.test(text)
    ? 'expected a host without a port, which is the key "port"'
    : "expected a host, such as 127.0.0.1, ::1 or a name";
}
