import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { pythonOf } from "../interop/stock.ts";
import { readDocument, writeDocument, type Block } from "./documents.ts";
import { isShownBy, normalise } from "./normalise.ts";
import { runSession, type Finished } from "./run-session.ts";
import { formatSteps, listSessions, type Action, type Session } from "./session.ts";

type ConsoleAction = Extract<Action, { kind: "console" }>;

/** A console block, with the outputs of this run where they are not those that it shows. */
interface Captured {
  readonly block: Block;
  readonly text: string;
  /** One message for each command that ended or wrote otherwise than the document shows. */
  readonly differences: readonly string[];
}

/** Programs of other projects that sessions use. */
const TOOLS = ["curl", "jq"];

const isUpdate = Boolean(process.env["UPDATE_DOCS"]);
const captured: Captured[] = [];

/**
 * `npm run docs`: writes the outputs of this run, from the last block of a document to its first.
 */
afterAll(() => {
  if (!isUpdate) return;
  for (const { block, text } of captured.toSorted(
    (left, right) => right.block.offset - left.block.offset,
  )) {
    const whole = readDocument(block.document);
    const end = block.offset + block.text.length;
    writeDocument(block.document, whole.slice(0, block.offset) + text + whole.slice(end));
  }
});

describe("the sessions of the documents write what the documents show", () => {
  test.for(listSessions())("$name", { timeout: 180_000 }, async (session, { skip }) => {
    const reason = findReasonToSkip(session);
    if (reason !== undefined) process.stdout.write(`left out: ${session.name}: ${reason}\n`);
    skip(reason !== undefined, reason);
    const outputs = await runSession(session);
    const blocks = session.actions.filter((action) => action.kind === "console");
    const found = blocks.map((action, i) => capture(action, outputs[i]!));
    captured.push(...found);
    const differences = found.flatMap((one) => one.differences);
    expect(differences.join("\n\n"), "npm run docs captures the outputs anew").toBe("");
  });
});

function findReasonToSkip({ needs, actions }: Session): string | undefined {
  if (needs === "python" && !existsSync(pythonOf("v1")))
    return "Python with jina is not installed (npm run interop installs it)";
  const commands = actions.flatMap((action) =>
    action.kind === "console" ? action.steps.map(({ command }) => command) : [],
  );
  const missing = TOOLS.find(
    (tool) =>
      commands.some((command) => new RegExp(String.raw`\b${tool}\b`).test(command)) &&
      !isInstalled(tool),
  );
  return missing === undefined ? undefined : `${missing} is not installed`;
}

function isInstalled(tool: string): boolean {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.some((folder) => existsSync(join(folder, tool)));
}

/** Compares a block with a run. While the documents are updated, only exit codes differ. */
function capture(action: ConsoleAction, finished: readonly Finished[]): Captured {
  const { block, steps, exit, varies } = action;
  const differences: string[] = [];
  const outputs = steps.map((step, i) => {
    const { code, output } = finished[i] ?? { code: -1, output: "the session ended before" };
    const place = `${block.document}:${block.line}: $ ${step.command}`;
    const wanted = i === steps.length - 1 ? exit : 0;
    if (code !== wanted) differences.push(`${place}\nexited ${code}, not ${wanted}\n${output}`);
    if (isShownBy(output, step.shown, varies)) return step.shown;
    const [now, shown] = [normalise(output, varies), normalise(step.shown, varies)];
    if (!isUpdate) differences.push(`${place}\nwrote\n${now}\nbut the document shows\n${shown}`);
    return output;
  });
  return { block, text: formatSteps(steps, outputs), differences };
}
