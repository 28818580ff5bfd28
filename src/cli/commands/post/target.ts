import type { ClientOptions } from "../../../client/client.ts";
import { JflowError } from "../../../util/errors.ts";
import { askSocket } from "../../flows/ask-supervisor.ts";
import { needRunningFlow, type FlowOptions } from "../../flows/running-flows.ts";
import type { Terminal } from "../../terminal/terminal.ts";

/** Where `jflow post` sends to: `--host`, else the gRPC door of the flow it is about. */
export async function locateGateway(
  terminal: Terminal,
  options: FlowOptions & { readonly host?: string },
): Promise<ClientOptions> {
  if (options.host !== undefined) return parseHost(options.host);
  const flow = await needRunningFlow(terminal, options);
  const { status } = await askSocket(flow.socket, { ask: "status" }, "status");
  const door = status.flow.gateway["local"] ?? status.flow.gateway["grpc"];
  if (door === undefined)
    throw new JflowError("UNAVAILABLE", `the gateway of ${flow.name} is not up yet: see jflow ps`);
  return parseHost(door);
}

/**
 * `host:port`, `grpc://host:port` or `grpcs://host:port`. Throws `INVALID_ARGUMENT` for anything
 * else.
 */
export function parseHost(text: string): ClientOptions {
  const match = /^(?:(grpcs?):\/\/)?(\[[0-9a-f:]+\]|[^:/\s]+):(\d{1,5})\/?$/i.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535)
    throw new JflowError("INVALID_ARGUMENT", `--host ${text}: write grpc://127.0.0.1:8080`);
  return {
    host: match[2]!.replace(/^\[|\]$/g, ""),
    port,
    tls: match[1]?.toLowerCase() === "grpcs",
  };
}
