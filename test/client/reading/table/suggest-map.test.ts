import { expect, test } from "vitest";
import { suggestMap } from "../../../../src/client/reading/table/suggest-map.ts";

const text = (name: string, letters: number): Parameters<typeof suggestMap>[0][number] => ({
  name,
  letters,
  isText: true,
});
const number = (name: string): ReturnType<typeof text> => ({ name, letters: 99, isText: false });

test.each([
  {
    columns: [text("maker", 9), text("sku", 5), text("description", 50)],
    map: "sku=id,description=text",
  },
  {
    columns: [number("product_id"), text("title", 9), text("body", 90)],
    map: "product_id=id,body=text",
  },
  { columns: [text("name", 9), text("city", 5)], map: "name=id,city=text" },
  { columns: [number("a"), number("b")], map: "a=id" },
])("the likely columns are $map", ({ columns, map }) => {
  expect(suggestMap(columns)).toBe(map);
});
