import { expect, test } from "vitest";
import { buildProgram } from "../../../src/cli/cli.ts";
import { commandNameOf, nameCommands } from "../../../src/cli/terminal/command-name.ts";

test.each([
  ["/home/you/shop/node_modules/.bin/jflow", "npx jflow"],
  ["/usr/local/bin/jflow", "jflow"],
  ["/usr/local/lib/node_modules/jflow/bin/jflow.js", "jflow"],
  [undefined, "jflow"],
])("a program at %s is called %s", (script, name) => {
  expect(commandNameOf(script)).toBe(name);
});

test("a message names every command as the user can type it", () => {
  const { commands } = buildProgram(process, "jflow", () => undefined);
  for (const command of commands.map((each) => each.name()))
    expect(nameCommands(`run jflow ${command}`, "npx jflow")).toBe(`run npx jflow ${command}`);
});

test.each([
  ["start it with jflow up my.yml", "start it with npx jflow up my.yml"],
  ["  npx jflow ps", "  npx jflow ps"],
  ["run jflow --help", "run npx jflow --help"],
  ["jflow: a newer jflow wrote the file", "jflow: a newer jflow wrote the file"],
  ["jflow does not send the write again", "jflow does not send the write again"],
  ["rm -r .jflow after jflow down", "rm -r .jflow after npx jflow down"],
])("%s", (text, named) => {
  expect(nameCommands(text, "npx jflow")).toBe(named);
  expect(nameCommands(text, "jflow")).toBe(text);
});
