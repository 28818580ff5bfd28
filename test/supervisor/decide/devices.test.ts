import { expect, test } from "vitest";
import { resolveDevices } from "../../../src/supervisor/decide/devices.ts";

test.each([
  { value: "0,1", total: 4, dealt: ["0,1", "0,1", "0,1"] },
  { value: "RR", total: 2, dealt: ["0", "1", "0"] },
  { value: "RR1:3", total: 4, dealt: ["1", "2", "1"] },
  { value: "RR2:", total: 4, dealt: ["2", "3", "2"] },
  { value: "RR::2", total: 4, dealt: ["0", "2", "0"] },
  { value: "RR-1:", total: 3, dealt: ["2", "2", "2"] },
  { value: "RR0,2", total: 0, dealt: ["0", "2", "0"] },
  { value: "RRGPU-aa,GPU-bb", total: 0, dealt: ["GPU-aa", "GPU-bb", "GPU-aa"] },
  { value: "RR", total: 0, dealt: [undefined, undefined, undefined] },
])("$value of $total devices", ({ value, total, dealt }) => {
  expect([0, 1, 2].map((replica) => resolveDevices(value, replica, total))).toEqual(dealt);
});
