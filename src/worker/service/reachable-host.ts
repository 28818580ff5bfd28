/**
 * The address under which other processes of this machine reach a server that listens on `host`.
 */
export function reachableHost(host: string): string {
  return host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
}
