import { isWithin, parseAddress } from "../../model/address.ts";
import { JflowError } from "../../util/errors.ts";

/** Returns the rows within an address. Throws `NOT_FOUND` if no row is. */
export function rowsWithin<Row extends { readonly address: string }>(
  rows: readonly Row[],
  address: string | undefined,
): readonly Row[] {
  if (address === undefined) return rows;
  const wanted = parseAddress(address);
  const found = rows.filter((row) => isWithin(parseAddress(row.address), wanted));
  if (found.length > 0) return found;
  const names = [...new Set(rows.map((row) => parseAddress(row.address).deployment))].join(", ");
  throw new JflowError("NOT_FOUND", `the flow has no address ${address}: it has ${names}`);
}
