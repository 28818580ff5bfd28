const UNITS = ["B", "KB", "MB", "GB", "TB"] as const;
const MS_PER_SECOND = 1000;

/** Formats a value that may not be known. */
export function orDash<T>(value: T | null | undefined, format: (value: T) => string): string {
  return value === null || value === undefined ? "–" : format(value);
}

/** `12,345`. */
export const formatCount = (count: number): string => count.toLocaleString("en-US");

/** `84 MB`. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  const value = bytes / 10 ** (3 * power);
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${UNITS[power]!}`;
}

/** `0.4 ms`, `12 ms`, `1.5 s`. */
export function formatMs(ms: number): string {
  if (ms >= MS_PER_SECOND) return `${(ms / MS_PER_SECOND).toFixed(1)} s`;
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** `0.3/s`, `120/s`. */
export const formatRate = (rate: number): string =>
  `${rate < 10 ? Number(rate.toFixed(1)) : Math.round(rate).toLocaleString("en-US")}/s`;

/** `12 %`: the part of one processor. */
export const formatCpu = (cpu: number): string => `${Math.round(cpu)} %`;

/** `12 s ago`, `5 min ago`, `3 h ago`, `2 d ago`. */
export function formatAge(iso: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / MS_PER_SECOND));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** `14:03:27`, in local time. */
export const formatTime = (iso: string): string =>
  new Date(iso).toLocaleTimeString("en-GB", { hour12: false });
