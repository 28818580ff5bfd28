import type { Listener, TracingSpec } from "../../model/replica.ts";
import type { EXECUTOR_KEYS } from "../schema/executor.ts";
import type { TOP_KEYS } from "../schema/flow.ts";
import type { GATEWAY_KEYS } from "../schema/gateway.ts";
import type { Properties } from "../schema/key.ts";
import type { Uses } from "../uses/uses.ts";

/** The gateway with every default filled. Units as in `GatewaySpec`. */
export type FlowGateway = Properties<typeof GATEWAY_KEYS> & {
  readonly listeners: readonly Listener[];
  /** Default: the name of the flow. */
  readonly title: string;
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  readonly tracing?: TracingSpec;
};

/**
 * One entry of `executors` with every default filled. `env` includes the flow's. An external
 * deployment is one shard with one replica per address.
 */
export type Deployment = Properties<typeof EXECUTOR_KEYS> & {
  readonly name: string;
  readonly uses: Uses;
  /** `uses` as the file states it: for messages. */
  readonly usesText: string;
  /** Names of deployments, or `gateway`, in the order of the file. Joins merge in this order. */
  readonly needs: readonly string[];
  readonly usesBefore?: Uses;
  readonly usesAfter?: Uses;
};

/** A checked flow with every default filled and every path absolute. */
export type Flow = Properties<typeof TOP_KEYS> & {
  /** Default: the name of the file or its folder. */
  readonly name: string;
  /** The flow file, absolute. */
  readonly file: string;
  /** The folder of the flow file, absolute. Relative paths in the file start here. */
  readonly directory: string;
  readonly gateway: FlowGateway;
  /** In the order of the file. */
  readonly deployments: readonly Deployment[];
};
