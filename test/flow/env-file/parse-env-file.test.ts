import { expect, test } from "vitest";
import { parseEnvFile } from "../../../src/flow/env-file/parse-env-file.ts";

const SHELL: Readonly<Record<string, string>> = { HOME: "/home/a", EMPTY: "" };

function valuesOf(text: string): Readonly<Record<string, string>> {
  const { values, problems } = parseEnvFile(text, (name) => SHELL[name]);
  expect(problems).toEqual([]);
  return Object.fromEntries(values);
}

const problemsOf = (text: string): readonly string[] =>
  parseEnvFile(text, (name) => SHELL[name]).problems.map(
    ({ severity, line, column, message }) => `${line}:${column}: ${severity}: ${message}`,
  );

// The examples of https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/
test.each([
  ["VAR=VAL", "VAL"],
  ['VAR="VAL"', "VAL"],
  ["VAR='VAL'", "VAL"],
  ["VAR: VAL", "VAL"],
  ["VAR=VAL # comment", "VAL"],
  ["VAR=VAL# not a comment", "VAL# not a comment"],
  ['VAR="VAL # not a comment"', "VAL # not a comment"],
  ['VAR="VAL" # comment', "VAL"],
  [String.raw`VAR='Let\'s go!'`, "Let's go!"],
  [String.raw`VAR="{\"hello\": \"json\"}"`, '{"hello": "json"}'],
  [String.raw`VAR="some\tvalue"`, "some\tvalue"],
  [String.raw`VAR='some\tvalue'`, String.raw`some\tvalue`],
  [String.raw`VAR=some\tvalue`, String.raw`some\tvalue`],
  ["VAR='several\nlines'", "several\nlines"],
  ['VAR="several\nlines"', "several\nlines"],
  ["VAR=$HOME/x", "/home/a/x"],
  ["VAR=${HOME}", "/home/a"],
  ['VAR="${HOME}"', "/home/a"],
  ["VAR='$HOME'", "$HOME"],
  ["VAR=${UNSET:-a b}", "a b"],
  ["VAR=${EMPTY:-a}", "a"],
  ["VAR=${EMPTY-a}", ""],
  ["VAR=${UNSET-${HOME}}", "/home/a"],
  ["VAR=${HOME:+set}", "set"],
  ["VAR=${EMPTY:+set}", ""],
  ["VAR=${EMPTY+set}", "set"],
  ["VAR=$$HOME", "$HOME"],
  [String.raw`VAR="\$HOME"`, "$HOME"],
  ["export VAR=VAL", "VAL"],
  ["  export  VAR = VAL  ", "VAL"],
  ["VAR=", ""],
  ["VAR= # comment", ""],
  ["VAR=a=b", "a=b"],
  ["VAR=VAL\r\n", "VAL"],
  ["# comment\n\nVAR=1\nVAR=2", "2"],
])("%j sets VAR to %j", (text, value) => {
  expect(valuesOf(text)).toEqual({ VAR: value });
});

test("a reference names earlier variables of the file, and the shell wins", () => {
  expect(valuesOf("HOST=h\nHOME=/other\nURL=http://$HOST$HOME")).toMatchObject({
    URL: "http://h/home/a",
  });
});

test("a name without a value is left to the environment", () => {
  expect(valuesOf("VAR\nexport OTHER\nLAST=1")).toEqual({ LAST: "1" });
});

test.each([
  ["A=1\nmy var=2", '2:1: error: "my var" is not the name of a variable'],
  ["A=1\n=2", "2:1: error: the line does not set a variable"],
  ["A=1\n- B=2", '2:1: error: "- B" is not the name of a variable'],
  ['A=1\nB="open\nC=3', '2:3: error: the quote " is not closed'],
  ["A='x'y", "1:6: error: text follows the closing quote"],
  ["A=pa$5word", "1:3: error: a $ without a name"],
  ["A=${1}", "1:3: error: ${1} does not name a variable"],
  ["A=${B:?set B first}", "1:3: error: B: set B first"],
  ["A=$B", '1:3: warning: variable "B" is not set: an empty text takes its place'],
])("%j is reported with its place", (text, problem) => {
  expect(problemsOf(text)).toEqual([problem]);
});
