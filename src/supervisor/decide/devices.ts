/**
 * Returns the value of `CUDA_VISIBLE_DEVICES` for one replica, or undefined if no device is left.
 * `RR` assigns all devices in turn, `RR1:3` a slice (as in Python), `RR0,2` and
 * `RRGPU-<uuid>,GPU-<uuid>` the named devices. Any other value stays as it is. `total` is the
 * number of devices of the machine. See
 * https://docs.jina.ai/v3.13.0/concepts/flow/scale-out/#replicate-on-multiple-gpus
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
