import { keysTable } from "../../src/flow/flow.ts";

const KEYS_INTRODUCTION = `# Keys of a flow file

The reference of \`flow.yml\`. \`npm run docs\` generates this page from the schema.

- \`jflow config\` checks a flow file and prints it with all defaults.
- An unknown key is an error. Keys that start with \`x-\` are ignored.
- The file is UTF-8, or UTF-16 with a byte order mark.
- Values are those of YAML 1.2. A boolean may also be \`yes\` or \`no\`. The options of a Python
  executor are read as stock Jina reads them: \`no\` is false, \`010\` is 8, \`1:30\` is 90.
- Variables are \`\${{ ENV.X }}\`, \`\${X}\`, \`\${X:-default}\` and \`\${X:?message}\`. \`$$\` is a dollar sign. A
  variable that is not set is an error. Jina's older \`$X\` stays as it is if X is not set.
- In \`uses_with\`, a variable without quotes and a quoted \`"\${{ ENV.X }}"\` become a number or a
  boolean if their text is one. A quoted \`"\${X}"\` is always text. jflow replaces variables once; in
  an executor's own \`config.yml\`, variables are Jina's.
- [Restarts, limits and autoscaling](SUPERVISION.md) explains \`liveness\`, \`memory_limit\`,
  \`drain_timeout\` and \`autoscale\`.
- [Replicas, shards and routing](SHARDS.md) explains shards, copies, polling and
  durability.
- For completion in an editor, start the file with
  \`# yaml-language-server: $schema=./node_modules/jflow/dist/flow.schema.json\`.`;

/** Returns `src/flow/KEYS.md`, made from the schema of flow files. */
export function formatKeyReference(): string {
  return `${KEYS_INTRODUCTION}\n\n${keysTable().trim().replaceAll(/^### /gm, "## ")}\n`;
}
