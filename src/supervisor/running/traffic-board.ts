import type {
  DeploymentTraffic,
  GatewayTraffic,
  ReplicaTraffic,
} from "../../model/control/messages.ts";

const NO_REPORT: GatewayTraffic = { replicas: {}, deployments: {} };

/** The last report of the gateway about its traffic. */
export class TrafficBoard {
  #last = NO_REPORT;

  take({ replicas, deployments }: GatewayTraffic): void {
    this.#last = { replicas, deployments };
  }

  /** The gateway has ended: its counts begin again. */
  clear(): void {
    this.#last = NO_REPORT;
  }

  /**
   * Returns the traffic of a process; undefined before its first report. An external replica has no
   * `processId`.
   */
  of(address: string, processId?: string | null): ReplicaTraffic | undefined {
    const traffic = this.#last.replicas[address];
    return processId === undefined || traffic?.processId === processId ? traffic : undefined;
  }

  ofDeployment(name: string): DeploymentTraffic | undefined {
    return this.#last.deployments[name];
  }
}
