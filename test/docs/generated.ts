import { alignTables } from "../rig/align-tables.ts";
import { formatCommandReference } from "../rig/command-reference.ts";
import { formatKeyReference } from "../rig/key-reference.ts";
import { formatLimitsReference } from "../rig/limits-reference.ts";
import { describeApi } from "./api.ts";
import { readDocument } from "./documents.ts";

/** A document that a program writes, or its part between `<!-- name -->` and `<!-- /name -->`. */
export interface Generated {
  readonly document: string;
  /** The name of the part; undefined: the whole document. */
  readonly part: string | undefined;
  readonly generate: () => string;
}

export const GENERATED: readonly Generated[] = [
  { document: "src/flow/KEYS.md", part: undefined, generate: formatKeyReference },
  { document: "src/cli/COMMANDS.md", part: undefined, generate: formatCommandReference },
  { document: "src/LIMITS.md", part: undefined, generate: formatLimitsReference },
  { document: "src/API.md", part: "api", generate: describeApi },
];

/** Returns the document as its program writes it now. */
export function generateDocument({ document, part, generate }: Generated): string {
  if (part === undefined) return alignTables(generate());
  const [from, to] = findMarkers(document, part);
  const whole = readDocument(document);
  return `${whole.slice(0, from)}\n\n${generate().trim()}\n\n${whole.slice(to)}`;
}

/** Returns the text between two markers. Throws where a marker is missing. */
export function readBetween(document: string, name: string): string {
  const [from, to] = findMarkers(document, name);
  return readDocument(document).slice(from, to).trim();
}

function findMarkers(document: string, name: string): readonly [number, number] {
  const whole = readDocument(document);
  const start = `<!-- ${name} -->`;
  const [from, to] = [whole.indexOf(start), whole.indexOf(`<!-- /${name} -->`)];
  if (from < 0 || to < from) throw new Error(`${document} lacks the markers of ${name}`);
  return [from + start.length, to];
}
