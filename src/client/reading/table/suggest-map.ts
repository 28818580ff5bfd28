/** A column of a table, as far as it has been read. */
export interface SeenColumn {
  readonly name: string;
  /** Whether some cells are neither numbers nor truth values. */
  readonly isText: boolean;
  /** The letters of all its cells. */
  readonly letters: number;
}

const ID_NAME = /^(?:.*[_ -])?(?:id|ids|key|uuid|guid|sku|isbn|ean|code|number|no|nr)$/i;

/**
 * Returns a value of `--map` that names the likely columns of the id and the text, such as
 * `sku=id,description=text`: the first column with a name as of an id, or the first column, and the
 * text column with the most letters.
 */
export function suggestMap(columns: readonly SeenColumn[]): string {
  const id = columns.find(({ name }) => ID_NAME.test(name)) ?? columns[0];
  const [text] = columns
    .filter((column) => column.isText && column !== id)
    .toSorted((left, right) => right.letters - left.letters);
  return [
    ...(id === undefined ? [] : [`${id.name}=id`]),
    ...(text === undefined ? [] : [`${text.name}=text`]),
  ].join(",");
}
