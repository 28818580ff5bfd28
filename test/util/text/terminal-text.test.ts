import { expect, test } from "vitest";
import { cleanText } from "../../../src/util/text/terminal-text.ts";

const RED = "\u001B[31m";
const RESET = "\u001B[0m";

test.each<{ name: string; text: string; want: string }>([
  { name: "text stays as it is", text: "a\tb\nc", want: "a\tb\nc" },
  { name: "a reset of the terminal goes", text: "\u001Bc\u001B[2J reset", want: " reset" },
  { name: "movements of the cursor go", text: "a\u001B[1;1Hb\u001B[3Ac\u001B7", want: "abc" },
  { name: "private modes go", text: "\u001B[?1049h\u001B[?25lx\u001B[>4;2mx", want: "xx" },
  { name: "titles and links go", text: "\u001B]0;t\u0007x\u001B]8;;u\u001B\\y", want: "xy" },
  { name: "one-byte forms go", text: "\u009B2Jx\u009D0;t\u009Cy\u0085", want: "xy" },
  { name: "bells and backspaces go", text: "a\u0007b\bc\u0000", want: "abc" },
  { name: "a sequence without its end goes", text: "x\u001B[", want: "x" },
  { name: "a colour stays", text: `${RED}x${RESET}y`, want: `${RED}x${RESET}y` },
  { name: "a colour ends with its line", text: `${RED}x\ny`, want: `${RED}x${RESET}\ny` },
])("$name", ({ text, want }) => {
  expect(cleanText(text)).toBe(want);
});
