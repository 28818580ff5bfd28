import { Chalk, type ChalkInstance } from "chalk";
import { cleanText } from "../../util/text/terminal-text.ts";

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

/** Formats the output lines of replicas as `indexer/1/0 | line`, with one color per executor. */
export class LinePrefixer {
  readonly #paint: ChalkInstance;
  #widest = 0;

  constructor(color: boolean) {
    this.#paint = new Chalk({ level: color ? 1 : 0 });
  }

  /** Pads the address to the widest one so far. */
  format(address: string, line: string): string {
    this.#widest = Math.max(this.#widest, address.length);
    const prefix = `${address.padEnd(this.#widest)} |`;
    return `${this.#paint[colorOf(address)](prefix)} ${cleanText(line)}`;
  }
}

/** The name of the executor decides, so that its color is the same in every run. */
function colorOf(address: string): (typeof PALETTE)[number] {
  const name = address.split("/", 1)[0]!;
  let sum = 0;
  for (const char of name) sum = (sum * 31 + char.codePointAt(0)!) % 65_521;
  return PALETTE[sum % PALETTE.length]!;
}
