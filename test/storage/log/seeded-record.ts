import type { LogRecord } from "../../../src/storage/storage.ts";
import { seededRandom } from "../simulated-files.ts";

/**
 * A record of up to 6 kB whose content follows from its number alone, so that another process can
 * tell whether it is the right one.
 */
export function seededRecord(seq: number): LogRecord {
  const random = seededRandom(seq);
  const payload = new Uint8Array(Math.floor(random() ** 3 * 6000)).map(() =>
    Math.floor(random() * 256),
  );
  return {
    seq,
    term: 1 + Math.floor(seq / 1000),
    operationId: `operation ${seq}`,
    outcome: { kind: "done" },
    payload,
  };
}
