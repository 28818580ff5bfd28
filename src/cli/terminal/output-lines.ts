import { Chalk } from "chalk";

const PALETTE = [
  "cyan",
  "yellow",
  "green",
  "magenta",
  "blue",
  "cyanBright",
  "yellowBright",
  "greenBright",
  "magentaBright",
  "blueBright",
] as const;

/**
 * Formats lines of children as `indexer/1/0 | line`, padded to the widest address so far, one
 * colour per executor whatever the order of start.
 */
export function prefixer(colour: boolean): (address: string, line: string) => string {
  const paint = new Chalk({ level: colour ? 1 : 0 });
  let widest = 0;
  return (address, line) => {
    widest = Math.max(widest, address.length);
    return `${paint[colourOf(address)](`${address.padEnd(widest)} |`)} ${line}`;
  };
}

/** The same executor has the same colour in every run: chosen by its name. */
function colourOf(address: string): (typeof PALETTE)[number] {
  const name = address.split("/", 1)[0]!;
  let sum = 0;
  for (const char of name) sum = (sum * 31 + char.codePointAt(0)!) % 65_521;
  return PALETTE[sum % PALETTE.length]!;
}
