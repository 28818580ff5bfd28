import { Resend, type ResendAction, type ResendEvent } from "../../src/gateway/write/resend.ts";

/**
 * The gateway's part for one shard, and its client: which writes there are and how each was
 * answered.
 */
export class SimGateway {
  readonly resend = new Resend();
  /** Writes that the client has still to send. */
  readonly planned: string[];
  readonly sent: string[] = [];
  readonly answered = new Map<string, "acknowledged" | "endsProcess">();
  /** What the supervisor published, in order. */
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
