import type { ChildOrder, ChildReport, ControlAnswer, ControlRequest, FlowEvent } from "../../model/control.ts";
import type { Topology } from "../../model/topology.ts";
import type { MessageChannel } from "../message-channel.ts";

/** A client of the supervisor's socket. A lost supervisor closes every channel with an error. */
export interface ControlClient {
  /** A child's channel; it sends `attend` first. */
  attend(): MessageChannel<ChildReport, ChildOrder>;
  /** The whole topology, each time it changes. */
  follow(): MessageChannel<never, Topology>;
  /** Rejects with `UNAVAILABLE` where no supervisor answers, `DEADLINE_EXCEEDED` after `timeoutMs`. */
  ask(request: ControlRequest, timeoutMs: number): Promise<ControlAnswer>;
  /** Holding it open holds an attached flow up. */
  watch(): MessageChannel<never, FlowEvent>;
  close(): void;
}

export declare function connectControl(socketPath: string): ControlClient;
