/**
 * The value of `CUDA_VISIBLE_DEVICES` for one replica: `RR` deals all devices out in turn, `RR1:3`
 * a slice (as in Python), `RR0,2` and `RRGPU-<uuid>,GPU-<uuid>` those named (`reference/jina.md`
 * 3.4). Anything else is left as it is. `total` is the number of devices of the machine; undefined
 * where no device is left to deal out.
 */
export function resolveDevices(value: string, replica: number, total: number): string | undefined {
  if (!value.startsWith("RR")) return value;
  const devices = selectDevices(value.slice(2).trim(), total);
  return devices.length === 0 ? undefined : devices[replica % devices.length];
}

function selectDevices(selection: string, total: number): readonly string[] {
  const all = Array.from({ length: total }, (_, index) => String(index));
  if (selection === "") return all;
  if (!selection.includes(":"))
    return selection
      .split(",")
      .map((device) => device.trim())
      .filter((device) => device !== "");
  const [start, stop, step = 1] = selection
    .split(":")
    .map((bound) => (bound.trim() === "" ? undefined : Number(bound)));
  return all.slice(start, stop).filter((_, index) => index % Math.max(1, step) === 0);
}
