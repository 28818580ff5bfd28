/**
 * The seed of this run: `SEED`, else one of the clock's. Printed, so that a run that failed can be
 * replayed.
 */
export const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);

/** Prints what a run came to, in one line that a README can quote. */
export function report(
  guarantee: string,
  figures: Readonly<Record<string, number | string>>,
): void {
  const text = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  process.stdout.write(`${guarantee}: SEED=${seed}: ${text.join(", ")}\n`);
}
