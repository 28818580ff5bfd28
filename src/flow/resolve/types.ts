import type { Listener } from "../../model/replica.ts";
import type { EXECUTOR_KEYS } from "../schema/executor.ts";
import type { TOP_KEYS } from "../schema/flow.ts";
import type { GATEWAY_KEYS } from "../schema/gateway.ts";
import type { Properties } from "../schema/key.ts";
import type { Uses } from "../uses/uses.ts";

/** The front door, every default filled. Units as in `GatewaySpec`. */
export type FlowGateway = Properties<typeof GATEWAY_KEYS> & {
  readonly listeners: readonly Listener[];
  /** The flow's name unless the file gives one. */
  readonly title: string;
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
};

/**
 * One entry of `executors`, every default filled. `env` is laid over the flow's; an external one is
 * one shard with a replica at each of its locations.
 */
export type Deployment = Properties<typeof EXECUTOR_KEYS> & {
  readonly name: string;
  readonly uses: Uses;
  /** `uses` as the user wrote it: for messages. */
  readonly usesText: string;
  /**
   * Names of deployments; `gateway` is the start. In the order of the file: joins merge in this
   * order.
   */
  readonly needs: readonly string[];
  readonly usesBefore?: Uses;
  readonly usesAfter?: Uses;
};

/** A checked flow: everything the file says, every default filled, every path absolute. */
export type Flow = Properties<typeof TOP_KEYS> & {
  /** The file's or the folder's unless the file gives one. */
  readonly name: string;
  /** The flow file, absolute. */
  readonly file: string;
  /** The folder of the flow file, absolute: relative paths of the file start here. */
  readonly directory: string;
  readonly gateway: FlowGateway;
  /** In the order of the file. */
  readonly deployments: readonly Deployment[];
};
