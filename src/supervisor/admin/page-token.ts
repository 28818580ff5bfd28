import { randomBytes, timingSafeEqual } from "node:crypto";

const TOKEN_BYTES = 24;

/** The secret that a request must have to change the flow. `jflow ui` prints it. */
export class PageToken {
  readonly value = randomBytes(TOKEN_BYTES).toString("base64url");

  /** Returns whether an `Authorization` header holds the token. */
  accepts(header: string | undefined): boolean {
    const given = Buffer.from(header ?? "");
    const expected = Buffer.from(`Bearer ${this.value}`);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }
}
