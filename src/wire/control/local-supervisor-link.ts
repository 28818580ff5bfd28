import type { ControlAnswer, ControlRequest } from "../../model/control/messages.ts";
import type { ChildMessage, ChildSpec } from "../../model/replica.ts";
import type { Topology } from "../../model/topology.ts";
import type { ParentChannel } from "../../util/process/parent-channel.ts";
import type { ControlClient } from "./control-client.ts";
import type { Registration, SupervisorLink, SupervisorSession } from "./supervisor-link.ts";

/**
 * The link to a supervisor on the same machine. IPC carries the spec and its answer; the Unix
 * socket named in the spec carries the rest. The gRPC client is loaded when first used, so that a
 * process that only describes an executor starts without it.
 */
export class LocalSupervisorLink<Spec extends ChildSpec> implements SupervisorLink<Spec> {
  readonly spec: Promise<Spec>;
  readonly #parent: ParentChannel<Spec, ChildMessage>;
  #client: Promise<ControlClient> | undefined;

  constructor(parent: ParentChannel<Spec, ChildMessage>) {
    this.#parent = parent;
    this.spec = parent.first;
  }

  answer(message: ChildMessage): Promise<void> {
    return this.#parent.send(message);
  }

  async register({ processId, address }: Registration): Promise<SupervisorSession> {
    const session = (await this.#connect()).register();
    session.send({ type: "register", processId, address });
    return session;
  }

  async follow(listener: (topology: Topology) => void): Promise<void> {
    (await this.#connect()).follow().onMessage(listener);
  }

  async ask(request: ControlRequest, timeoutMs: number): Promise<ControlAnswer> {
    return (await this.#connect()).ask(request, timeoutMs);
  }

  onLost(listener: () => void): void {
    this.#parent.onClosed(listener);
  }

  async close(): Promise<void> {
    (await this.#client)?.close();
  }

  #connect(): Promise<ControlClient> {
    this.#client ??= this.#open();
    return this.#client;
  }

  async #open(): Promise<ControlClient> {
    const { controlSocket } = await this.spec;
    const { ControlClient } = await import("./control-client.ts");
    return new ControlClient(controlSocket);
  }
}
