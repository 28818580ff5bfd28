import { closeSync } from "node:fs";
import { isatty } from "node:tty";
import { EXIT } from "./exit-codes.ts";

const STANDARD_STREAMS = [0, 1, 2];

/**
 * Handles SIGHUP, which a terminal sends when it closes. Node.js undoes what `nohup` does, so a
 * command without a terminal ignores the signal. With a terminal, the command exits with 129,
 * unless `handlesItself` returns true: then the command has a listener of its own.
 */
export function handleHangUp(handlesItself: () => boolean): void {
  const terminals = STANDARD_STREAMS.filter((descriptor) => isatty(descriptor));
  let isClosing = false;
  process.on("SIGHUP", () => {
    if (terminals.length === 0) return;
    // The kernel and the shell both send the signal.
    if (!isClosing) closeAtExit(terminals);
    isClosing = true;
    if (!handlesItself()) process.exit(EXIT.hungUp);
  });
}

/** Calls `listener` at the first SIGHUP of a command with a terminal. Returns what ends this. */
export function onHangUp(listener: () => void): () => void {
  if (!STANDARD_STREAMS.some((descriptor) => isatty(descriptor))) return () => undefined;
  process.once("SIGHUP", listener);
  return () => process.off("SIGHUP", listener);
}

/** Node.js resets the terminal at its exit and aborts where the terminal is gone. */
function closeAtExit(terminals: readonly number[]): void {
  process.once("exit", () => {
    for (const descriptor of terminals) closeSync(descriptor);
  });
}
