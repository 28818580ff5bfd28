import type { ControlRequest } from "../../model/control/messages.ts";
import { JflowError } from "../../util/errors.ts";
import { messageOf } from "../../util/error-code.ts";
import { explainTakenPort } from "../disk/port-owner.ts";
import type { ControlHandlers } from "../../wire/control/control-server.ts";
import type { ReadModel } from "../read-model/read-model.ts";
import { ADMIN_HOST } from "../running/flow-facts.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";
import { AdminServer } from "./admin-server.ts";
import type { PageToken } from "./page-token.ts";

interface AdminOptions {
  readonly readModel: ReadModel;
  readonly handlers: ControlHandlers;
  readonly token: PageToken;
}

/**
 * Opens the admin server of a flow on the `admin_port` of its file, and later on that of a changed
 * file. Rejects with `NOT_READY` and the owner of the port if the port is taken.
 */
export async function openAdmin(
  supervisor: FlowSupervisor,
  { readModel, handlers, token }: AdminOptions,
  runtimeRoot: string,
): Promise<AdminServer> {
  const deps = {
    supervisor,
    feed: readModel.feed,
    ask: async (request: ControlRequest) => handlers.ask(request),
    token,
  };
  const statedPort = (): number => supervisor.flow.gateway.adminPort;
  const explain = async (error: unknown): Promise<string> =>
    (await explainTakenPort(ADMIN_HOST, [statedPort()], runtimeRoot)) ?? messageOf(error);
  const admin = await AdminServer.open(statedPort(), deps).catch(async (error: unknown) => {
    throw new JflowError("NOT_READY", `the admin server did not start: ${await explain(error)}`);
  });
  supervisor.facts.adminPort = admin.port;
  supervisor.changes.subscribe(() => {
    void admin.follow(statedPort()).then(
      () => (supervisor.facts.adminPort = admin.port),
      async (error: unknown) =>
        supervisor.notice(`the admin server stays on port ${admin.port}: ${await explain(error)}`),
    );
  });
  return admin;
}
