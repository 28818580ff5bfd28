import { Resend, type ResendAction, type ResendEvent } from "../../src/gateway/write/resend.ts";

/** The gateway of one shard, and its client: the writes and the answer of each. */
export class SimGateway {
  readonly resend = new Resend();
  /** The writes that the client has yet to send. */
  readonly planned: string[];
  readonly sent: string[] = [];
  readonly answered = new Map<string, "acknowledged" | "endsProcess">();
  /** The primaries that the supervisor published, in order. */
  readonly topology: (string | null)[] = [];
  readonly inbox: ResendEvent[] = [];
  isRefused = false;

  constructor(planned: readonly string[]) {
    this.planned = [...planned];
  }

  handle(event: ResendEvent): readonly (ResendAction & { type: "send" })[] {
    const sends: (ResendAction & { type: "send" })[] = [];
    for (const action of this.resend.handle(event)) {
      if (action.type === "send") sends.push(action);
      else this.answered.set(action.operationId, "endsProcess");
    }
    return sends;
  }
}
