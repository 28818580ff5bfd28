/** The name of a documented difference from Jina. */
export type Difference = keyof typeof ALLOWED_FIELDS;

/** The fields of an answer that Jina's client did not receive: all of them differ. */
const WHOLE_ANSWER = /^(raised|message|responses|hung|callbacks|status|code|answered)$/;

/**
 * The fields in which each documented difference may appear. A difference in any other field fails
 * the run.
 */
export const ALLOWED_FIELDS = {
  "zero-score": /\.scores\.zero$/,
  "json-numbers": /\.docs\.\d+\.(embedding\.values\.\d+|tensor\.dtype)$/,
  "http-skipped-node": /^(raised|message|responses)$/,
  "websocket-sparse": /\.docs\.\d+\.embedding$/,
  malformed: /^(raised|message|status|code|reason|body(\.\w+)*|got\.\d+|told(\.\w+)*)$/,
  "failed-shard": /\.(parameters\._shards|routes\.\d+)$/,
  "uses-after-unbound": /\.docs\.\d+$/,
  "disable-reduce": /\.docs\.\d+$/,
  "join-order": /\.(docs\.\d+\.text|__results__\.(left|right|join)\/rep-0\.(matrix|map)(\.\d+)*)$/,
  "floating-results": /\.__results__\.side\/rep-0$/,
  "docs-matrix": /\.__results__\.(side\/rep-0|\w+\/rep-0\.(matrix|map)\.0)$/,
  "websocket-close": /^(raised|tellsName)$/,
  "json-tags": /\.tags\.(one|zero)$/,
  "json-camel-case": /\.(parent_id|mime_type)$/,
  "http-head": /^status$/,
  "empty-body": /^(status|body(\.\w+)*)$/,
  "websocket-dry-run": /^(got\.0(\.\w+)*|code|reason)$/,
  restart: /^replicas$/,
  "docarray-2-lists": /\.docs\.\d+\.(matches|tags)(\.\w+)*$/,
  "docarray-2-nested": /\.docs\.\d+\.inners\.\d+\.count$/,
  "docarray-2-target": /^(raised|message|callbacks|responses(\.0\.docs\.\d+)?)$/,
  "docarray-2-malformed": /^(status|body)(\.\w+)*$/,
  "docarray-2-hundred": /^body\.data\.\d+$/,
  "docarray-2-no-id": /^body\.data\.\d+\.id$/,
  "external-routes": /\.routes\.\d+(\.\w+)?$/,
  "external-flow-tls": WHOLE_ANSWER,
  "hanging-client": WHOLE_ANSWER,
  "ordered-stream": /^(hung|callbacks|responses|docs)$/,
  "stream-failure": /^(raised|hung)$/,
  "broken-stream": /^(raised|got\.\d+)$/,
} as const;

/** Returns the fields that differ and must not, as lines `field: Jina's | jflow's`. */
export function listForbidden(
  differences: readonly string[],
  difference: Difference,
): readonly string[] {
  return differences.filter(
    (line) => !ALLOWED_FIELDS[difference].test(line.slice(0, line.indexOf(": "))),
  );
}
