/** The public API of jflow: what an executor's author or an embedding program needs, and nothing else. */
export { Document } from "./model/document.ts";
export type { DocumentArray, DocumentInit, NamedScore } from "./model/document.ts";
export { JflowError } from "./model/errors.ts";
export type { ErrorCode, ExceptionDetails } from "./model/errors.ts";
export { Executor } from "./model/executor.ts";
export type {
  ExecutorClass,
  ExecutorInstance,
  ExecutorLog,
  ExecutorPlace,
  ExecutorResult,
  RequestContext,
} from "./model/executor.ts";
export type { NdArray } from "./model/nd-array.ts";
export type { SparseVector } from "./model/sparse-vector.ts";
export type { Polling, PollingTable } from "./model/polling.ts";
