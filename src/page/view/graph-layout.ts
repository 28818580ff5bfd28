/** A deployment in the graph of a flow. */
export interface PlacedNode {
  readonly name: string;
  /** The nodes whose answers it receives. */
  readonly needs: readonly string[];
}

/** The place of a node: its column from the left and its row from the top, both from 0. */
export interface Place {
  readonly column: number;
  readonly row: number;
}

export interface GraphLayout {
  readonly places: ReadonlyMap<string, Place>;
  readonly columns: number;
  readonly rows: number;
}

/**
 * Places each node one column to the right of the last node that it needs, and nodes of one column
 * below each other, in the order given. A need that is not among the nodes is ignored.
 */
export function layOutGraph(nodes: readonly PlacedNode[]): GraphLayout {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const columns = new Map<string, number>();
  const columnOf = (name: string, path: ReadonlySet<string>): number => {
    const known = columns.get(name);
    if (known !== undefined) return known;
    const needs = (byName.get(name)?.needs ?? []).filter((one) => byName.has(one));
    const inner = new Set([...path, name]);
    const column = needs
      .filter((one) => !inner.has(one))
      .reduce((most, one) => Math.max(most, columnOf(one, inner) + 1), 0);
    columns.set(name, column);
    return column;
  };
  const filled: number[] = [];
  const places = new Map<string, Place>();
  for (const { name } of nodes) {
    const column = columnOf(name, new Set());
    const row = filled[column] ?? 0;
    filled[column] = row + 1;
    places.set(name, { column, row });
  }
  return { places, columns: filled.length, rows: filled.reduce((a, b) => Math.max(a, b), 0) };
}
