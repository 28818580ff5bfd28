import type { DataRequest } from "../../wire/jina/messages/data-request.ts";
import type { ShardRoute } from "../routing/shard-route.ts";
import type { DeploymentCall } from "./deployment-call.ts";

/** The part of a request that goes to one shard. */
export interface ShardPart {
  readonly shard: number;
  readonly requests: readonly DataRequest[];
}

/** Returns what each shard of the route receives. */
export function splitCall(call: DeploymentCall, route: ShardRoute): ShardPart[] {
  const { deployment, parts } = call;
  if (route.kind === "one") return [{ shard: route.shard, requests: parts }];
  if (route.kind === "all") {
    const before = deployment.merger.before?.(call);
    const isSame = before === undefined || before === call.parameters;
    const requests = isSame ? parts : parts.map((part) => part.with({ parameters: before }));
    return deployment.shardNames.map((_, shard) => ({ shard, requests }));
  }
  const [first] = parts;
  const { documents } = first!;
  return route.slices.map(({ shard, positions }) => ({
    shard,
    requests: [first!.with({ documents: positions.map((position) => documents[position]!) })],
  }));
}
