import { describe, expect, test } from "vitest";
import { Executor } from "../../../src/model/executor.ts";
import {
  bindEndpoints,
  findMethod,
  isStateful,
  listWriteEndpoints,
} from "../../../src/worker/executor/bindings.ts";

class Store extends Executor {
  static override readonly requests = { "/index": "add", "/search": "search", "/default": "other" };
  static override readonly writes = ["add"];
  add(): void {}
  search(): void {}
  other(): void {}
}

class KeptStore extends Store {
  snapshot(): void {}
  restore(): void {}
}

describe("bindings", () => {
  test("the flow's uses_requests is laid over the class's own requests", () => {
    const bindings = bindEndpoints(Store, { "/put": "add", "/search": "other" });
    expect([...bindings.methods]).toEqual([
      ["/index", "add"],
      ["/search", "other"],
      ["/default", "other"],
      ["/put", "add"],
    ]);
  });

  test("an unbound endpoint goes to /default, or passes through where /default is not bound", () => {
    const bound = bindEndpoints(Store);
    expect(findMethod(bound, "/search")).toBe("search");
    expect(findMethod(bound, "/unknown")).toBe("other");
    class Narrow extends Executor {
      static override readonly requests = { "/search": "search" };
      search(): void {}
    }
    expect(findMethod(bindEndpoints(Narrow), "/unknown")).toBeUndefined();
  });

  test("Jina's dry run reaches no method, not even /default", () => {
    expect(findMethod(bindEndpoints(Store), "_jina_dry_run_")).toBeUndefined();
  });

  test("every endpoint that is bound to a write method is a write endpoint", () => {
    expect(listWriteEndpoints(bindEndpoints(Store, { "/put": "add" }))).toEqual(["/index", "/put"]);
  });

  test("a method that does not exist is refused, with the class, the endpoint and the existing methods", () => {
    expect(() => bindEndpoints(Store, { "/x": "serach" })).toThrow(
      'Store binds /x to "serach", but has no such method (it has add, search, other)',
    );
  });

  test("a write method that does not exist is refused", () => {
    class Wrong extends Store {
      static override readonly writes = ["put"];
    }
    expect(() => bindEndpoints(Wrong)).toThrow('Wrong names "put" in writes');
  });

  test("an executor with writes, snapshot and restore is stateful", () => {
    expect(isStateful(KeptStore)).toBe(true);
    expect(isStateful(Store)).toBe(false);
    class Reader extends KeptStore {
      static override readonly writes = [];
    }
    expect(isStateful(Reader)).toBe(false);
  });
});
