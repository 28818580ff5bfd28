import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import type { FlowGateway } from "../../../src/flow/flow.ts";
import {
  findRightName,
  key,
  parseValues,
  toProperties,
  writeValue,
} from "../../../src/flow/schema/key.ts";
import type { GatewaySpec } from "../../../src/model/replica.ts";

const KEYS = {
  max_size: key(z.number().default(1), "The size", { property: "maxBytes" }),
  two_words: key(z.string().optional(), "Words", { wrongNames: ["words"] }),
  every: key(z.number().default(1000), "A time", { write: (ms: number) => `${ms / 1000}s` }),
  helper: key(z.boolean().default(false), "Not a property", { property: null }),
};

test("values become properties in camel case, or under the name that the key gives", () => {
  const properties = toProperties(KEYS, parseValues(KEYS, { two_words: "a b" }));
  expect(properties).toEqual({ maxBytes: 1, twoWords: "a b", every: 1000 });
  expectTypeOf(properties).toHaveProperty("maxBytes").toEqualTypeOf<number>();
  expectTypeOf(properties).not.toHaveProperty("helper");
});

test("an absent value has no property", () => {
  const properties = toProperties(KEYS, parseValues(KEYS, {}));
  expect(properties).not.toHaveProperty("twoWords");
  expectTypeOf<{ maxBytes: number; every: number }>().toExtend<typeof properties>();
});

test("a property is written back under its key and in the unit of the file", () => {
  const properties = { maxBytes: 7, every: 3000 };
  expect(writeValue("max_size", KEYS.max_size, properties)).toBe(7);
  expect(writeValue("every", KEYS.every, properties)).toBe("3s");
  expect(writeValue("two_words", KEYS.two_words, properties)).toBeUndefined();
  expect(writeValue("helper", KEYS.helper, { helper: true })).toBeUndefined();
});

test("a wrong name leads to the key that it is mistaken for", () => {
  expect(findRightName("words", KEYS)).toBe("two_words");
  expect(findRightName("other", KEYS)).toBeUndefined();
});

test("the gateway process receives every property of the flow's gateway except two", () => {
  expectTypeOf<Exclude<keyof FlowGateway, "env" | "adminPort">>().toExtend<keyof GatewaySpec>();
});
