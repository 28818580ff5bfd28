import type { JournalEvent } from "../model/control/events.ts";
import type { FlowState } from "../model/control/flow-state.ts";

/** A line that a process of the flow wrote. */
export interface WrittenLine {
  /** Counts the lines of this page. */
  readonly key: number;
  readonly address: string;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

/** Everything that the page shows. */
export interface PageState {
  readonly flow: FlowState | undefined;
  readonly events: readonly JournalEvent[];
  readonly output: readonly WrittenLine[];
  /** Whether the supervisor answers. */
  readonly isConnected: boolean;
}

const MAX_EVENTS = 500;
const MAX_LINES = 1000;
/** Lines that arrive within this time are shown at once. */
const SHOW_AFTER_MS = 100;

export const EMPTY: PageState = { flow: undefined, events: [], output: [], isConnected: false };

/**
 * Follows `/api/events` and calls `show` with each new state of the page. The browser connects
 * again by itself. Returns a function that ends the connection.
 */
export function connect(show: (state: PageState) => void): () => void {
  let state = EMPTY;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const update = (change: Partial<PageState>): void => {
    state = { ...state, ...change };
    timer ??= setTimeout(() => {
      timer = undefined;
      show(state);
    }, SHOW_AFTER_MS);
  };
  const source = new EventSource("/api/events");
  source.addEventListener("open", () => update({ isConnected: true }));
  source.addEventListener("error", () => update({ isConnected: false }));
  source.addEventListener("state", ({ data }) => {
    const flow = JSON.parse(String(data)) as FlowState;
    // The events of a new supervisor begin at 1.
    const isSame = state.flow?.flow.startedAt === flow.flow.startedAt;
    update(isSame ? { flow } : { flow, events: [], output: [] });
  });
  source.addEventListener("event", ({ data }) => {
    const event = JSON.parse(String(data)) as JournalEvent;
    update({ events: [...state.events, event].slice(-MAX_EVENTS) });
  });
  let lines = 0;
  source.addEventListener("output", ({ data }) => {
    lines += 1;
    const line = { ...(JSON.parse(String(data)) as WrittenLine), key: lines };
    update({ output: [...state.output, line].slice(-MAX_LINES) });
  });
  return () => {
    source.close();
    clearTimeout(timer);
  };
}
