/** More processes for each core than this only take turns. */
const PROCESSES_PER_CORE = 2;

/** A sentence for a flow that has many more processes than the machine has cores. */
export function noticeCrowd(processes: number, cores: number): string | undefined {
  if (processes <= PROCESSES_PER_CORE * cores) return undefined;
  return `${processes} processes share ${cores === 1 ? "1 core" : `${cores} cores`}: more replicas make executors that compute no faster here`;
}
