/** Returns the first three names, and the number of the others. */
export function listNames(names: readonly string[]): string {
  const others = names.length - 3;
  return others > 0 ? `${names.slice(0, 3).join(", ")} and ${others} more` : names.join(", ");
}
