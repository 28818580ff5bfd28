import type { Scenario } from "./case.ts";
import { EITHER_FORMAT_SCENARIO } from "./cases/either-format.ts";
import { BROKEN_SCENARIO } from "./cases/broken.ts";
import { CLIENT_SCENARIO } from "./cases/clients.ts";
import { ERROR_SCENARIO } from "./cases/errors.ts";
import { EXTERNAL_SCENARIO, RETRY_SCENARIO, STARTED_SCENARIO } from "./cases/executors.ts";
import { JOIN_SCENARIO, LOOSE_JOIN_SCENARIO, WHEN_SCENARIO } from "./cases/graph.ts";
import { MALFORMED_SCENARIO } from "./cases/malformed.ts";
import { OUR_WORKER_SCENARIO } from "./cases/our-workers.ts";
import { POLLING_SCENARIO, REDUCE_SCENARIO } from "./cases/shards.ts";
import { TLS_SCENARIO } from "./cases/tls.ts";
import { STREAM_END_SCENARIO, STREAM_SCENARIO, STREAM_V2_SCENARIO } from "./cases/streams.ts";
import { TUTORIAL_SCENARIO } from "./cases/tutorial.ts";
import { LATE_SCENARIO, UNREACHABLE_SCENARIO } from "./cases/unreachable.ts";
import { CHAIN_V2_SCENARIO, DEFAULT_V2_SCENARIO } from "./cases/v2/chain.ts";
import { INDEX_V2_SCENARIO } from "./cases/v2/index.ts";
import { KINDS_V2_SCENARIO } from "./cases/v2/kinds.ts";
import { TWINS_V2_PASS_SCENARIO, TWINS_V2_SCENARIO } from "./cases/v2/twins.ts";
import { OUR_WORKER_V2_SCENARIO } from "./cases/v2/worker.ts";
import { HTTP_SCENARIO } from "./cases/web.ts";
import { WEBSOCKET_SCENARIO } from "./cases/websocket.ts";

/** The scenarios of the suite, in the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [
  CLIENT_SCENARIO,
  ERROR_SCENARIO,
  POLLING_SCENARIO,
  REDUCE_SCENARIO,
  JOIN_SCENARIO,
  LOOSE_JOIN_SCENARIO,
  WHEN_SCENARIO,
  HTTP_SCENARIO,
  WEBSOCKET_SCENARIO,
  MALFORMED_SCENARIO,
  RETRY_SCENARIO,
  UNREACHABLE_SCENARIO,
  LATE_SCENARIO,
  EXTERNAL_SCENARIO,
  STARTED_SCENARIO,
  BROKEN_SCENARIO,
  TLS_SCENARIO,
  TUTORIAL_SCENARIO,
  OUR_WORKER_SCENARIO,
  TWINS_V2_SCENARIO,
  TWINS_V2_PASS_SCENARIO,
  EITHER_FORMAT_SCENARIO,
  KINDS_V2_SCENARIO,
  CHAIN_V2_SCENARIO,
  DEFAULT_V2_SCENARIO,
  OUR_WORKER_V2_SCENARIO,
  INDEX_V2_SCENARIO,
  STREAM_SCENARIO,
  STREAM_V2_SCENARIO,
  STREAM_END_SCENARIO,
];
