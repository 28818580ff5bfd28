import type { InputFormat } from "../../model/input-format.ts";

/** A file to read documents from. */
export interface InputFile {
  /** `-` is stdin. */
  readonly path: string;
  /** Undefined: the content and the name decide. */
  readonly format?: InputFormat | undefined;
}
