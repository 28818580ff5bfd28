import { z } from "zod";
import type { PageCommand, PageSearch } from "../../model/control/page.ts";
import { JflowError } from "../../util/errors.ts";

const MAX_QUERY_LENGTH = 10_000;
const MAX_MATCHES = 100;
const MAX_ADDRESSES = 1000;

const SEARCH = z.strictObject({
  endpoint: z.string().startsWith("/").max(200),
  text: z.string().min(1).max(MAX_QUERY_LENGTH),
  limit: z.int().min(1).max(MAX_MATCHES),
});

const COMMAND = z.discriminatedUnion("ask", [
  z.strictObject({
    ask: z.literal("restart"),
    addresses: z.array(z.string().min(1).max(200)).min(1).max(MAX_ADDRESSES),
  }),
  z.strictObject({
    ask: z.literal("scale"),
    replicas: z.record(z.string().max(200), z.int().min(1).max(999_999)),
  }),
]);

/** Parses the body of `POST /api/search`. Throws `INVALID_ARGUMENT` with the key that is wrong. */
export function readPageSearch(body: string): PageSearch {
  return read(SEARCH, body);
}

/** Parses the body of `POST /api/operations`. Throws `INVALID_ARGUMENT`. */
export function readPageCommand(body: string): PageCommand {
  return read(COMMAND, body);
}

function read<T>(schema: z.ZodType<T>, body: string): T {
  const parsed = schema.safeParse(parseJson(body));
  if (parsed.success) return parsed.data;
  throw new JflowError(
    "INVALID_ARGUMENT",
    `the body is not valid: ${z.prettifyError(parsed.error)}`,
  );
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch (error) {
    throw new JflowError("INVALID_ARGUMENT", `the body is not valid JSON: ${String(error)}`);
  }
}
