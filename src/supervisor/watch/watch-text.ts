import { relative } from "node:path";
import type { EventBody } from "../../model/control/events.ts";
import type { PlanChange } from "../../model/supervisor.ts";
import { countOf } from "../../util/text/count-of.ts";
import { listNames } from "../../util/text/list-names.ts";
import type { SavedFile } from "./saved-files.ts";

type WatchState = Extract<EventBody, { kind: "watch" }>["state"];

export function watchEvent(
  state: WatchState,
  text: string,
  reason: string | null = null,
): EventBody {
  return { subject: "flow", kind: "watch", state, reason, text };
}

/** Says which files caused a change: `a.ts, b.ts saved, c.ts removed`. */
export function describeSaved(files: readonly SavedFile[], directory: string): string {
  const namesOf = (isGone: boolean): readonly string[] =>
    files
      .filter((file) => file.isGone === isGone)
      .map(({ path }) => relative(directory, path))
      .toSorted();
  const [saved, removed] = [namesOf(false), namesOf(true)];
  const parts = [
    ...(saved.length === 0 ? [] : [`${listNames(saved)} saved`]),
    ...(removed.length === 0 ? [] : [`${listNames(removed)} removed`]),
  ];
  return parts.length === 0 ? "files changed during the start" : parts.join(", ");
}

/** The event of changes that the flow takes, or of a save that changes no process. */
export function takenEvent(cause: string, plan: readonly PlanChange[]): EventBody {
  if (plan.length === 0) return watchEvent("unaffected", `${cause}: no process is affected`);
  return watchEvent("taken", `${cause}: ${plan.map(({ text }) => text).join(", ")}`);
}

/** The event of files that the flow takes after an operation that the user began. */
export function waitEvent(cause: string): EventBody {
  return watchEvent("waiting", `${cause}: taken when the running operation has ended`);
}

/** The event of files that the flow cannot take. */
export function refusedEvent(cause: string, message: string): EventBody {
  return watchEvent(
    "refused",
    `${cause}: ${message.trimEnd()}\nthe flow keeps its processes until the next save`,
    message,
  );
}

export function beginEvent(files: number): EventBody {
  return watchEvent("begun", `${countOf(files, "file is", "files are")} watched`);
}

export const END_EVENT: EventBody = watchEvent("ended", "files are not watched any more");
