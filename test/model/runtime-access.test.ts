import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { explainOtherUser, explainStateFolder } from "../../src/model/runtime-access.ts";

const DENIED = new Error("EACCES: permission denied");

async function openFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "jflow-access-"));
  onTestFinished(async () => rm(folder, { recursive: true }));
  return folder;
}

/** A file that does not exist, in a folder of another user. */
async function foreignPath(): Promise<string> {
  if (process.getuid?.() !== 0) return "/etc/jflow-does-not-exist/file";
  const folder = await openFolder();
  await chown(folder, 65_534, 65_534);
  return join(folder, "flow.yml", "file");
}

test("a flow of another user is an error with the name of the user", async () => {
  expect(await explainOtherUser(await foreignPath(), DENIED)).toMatch(
    /^the flow belongs to user (?:id )?\w+: run the command as that user \(EACCES: permission denied\)$/,
  );
});

test("a folder that cannot be written names the variable, and the owner if it is another user", async () => {
  const own = join(await openFolder(), "file");
  expect(await explainStateFolder(own, DENIED)).toBe(
    `cannot write ${own}: EACCES: permission denied. Set JFLOW_STATE_DIR to a folder for the output and the state of flows`,
  );
  expect(await explainStateFolder(await foreignPath(), DENIED)).toMatch(
    /denied\. \/\S+ belongs to user (?:id )?\w+\. Set JFLOW_STATE_DIR/,
  );
});
