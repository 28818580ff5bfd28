import type { MasterAction, MasterEvent, MasterOptions, ShardView } from "./master-events.ts";
import type { Rules } from "./rules.ts";

/** The supervisor's part for one shard: terms, the in-sync set, promotions. */
export interface Master {
  readonly shard: ShardView;
  /** Once, before any event. */
  start(): readonly MasterAction[];
  handle(event: MasterEvent): readonly MasterAction[];
}

export declare function openMaster(options: MasterOptions, rules?: Rules): Master;
