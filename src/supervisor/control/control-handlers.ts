import type { ControlAnswer, ControlRequest } from "../../model/control/messages.ts";
import { toJflowError } from "../../util/errors.ts";
import { assertNever } from "../../util/unreachable.ts";
import type { ControlHandlers, WatcherChannel } from "../../wire/control/control-server.ts";
import { allocateStale, findReplicas, startReplicas, stopReplicas } from "./commands.ts";
import { explainReplicas } from "./explain.ts";
import type { StateFeed } from "../read-model/state-feed.ts";
import type { ReadModel } from "../read-model/read-model.ts";
import { answerView, isView, type ViewRequest } from "./views.ts";
import { verifyCopies } from "./verify-copies.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";
import type { BackupRequest } from "../../model/supervisor.ts";
import type { AskCopy } from "../backup/ask-primary.ts";
import type { Backups } from "../backup/backups.ts";
import type { FlowChanges } from "../operations/flow-changes.ts";
import { collectMetrics } from "./collect-metrics.ts";
import { makeChildQuestions, registerChild, type ChildQuestions } from "./child-sessions.ts";
import type { FlowWatch } from "../watch/flow-watch.ts";
import { HealthWatch } from "./health-watch.ts";
import { helperName } from "../decide/planned-replica.ts";
import type { FileChanges } from "../changes/file-changes.ts";
import {
  HOLDER_COMES_MS,
  LOST_HOLDER_DRAIN_MS,
  MAX_WATCHER_BYTES,
} from "../../util/limits/processes.ts";

/**
 * Serves `jflow.Control` for one flow. With `hold`, the flow stops when the watcher that holds it
 * up is gone, until a `release` request comes.
 */
export function makeControlHandlers(
  supervisor: FlowSupervisor,
  { hold, ...options }: ControlOptions,
): ControlHandlers {
  const questions = makeChildQuestions();
  const health = new HealthWatch(supervisor);
  let isHeld = hold;
  let holder: WatcherChannel | undefined;
  supervisor.clock.after(HOLDER_COMES_MS, () => {
    if (isHeld && holder === undefined) supervisor.down(LOST_HOLDER_DRAIN_MS);
  });
  return {
    register: (channel) => registerChild(supervisor, questions, channel),
    follow: (channel) => supervisor.followers.add(channel),
    watch(channel) {
      channel.onMessage(({ events, holds }) => {
        if (holds) holder ??= channel;
        supervisor.reporter.watchers.add(channel, events, [
          ...supervisor.describeAll(),
          health.event(),
        ]);
        if (events.includes("state")) sendStates(options.readModel.feed, channel);
      });
      channel.onClosed(() => {
        if (isHeld && holder === channel) supervisor.down(LOST_HOLDER_DRAIN_MS);
      });
    },
    async ask(request) {
      if (request.ask === "release") isHeld = false;
      try {
        const tools = { ...questions, ...options };
        return await answer(supervisor, tools, request);
      } catch (error) {
        const { code, message } = toJflowError(error);
        return { ok: false, code, message };
      }
    },
  };
}

/** A client that does not read misses states. */
function sendStates(feed: StateFeed, channel: WatcherChannel): void {
  const end = feed.subscribe((state) => {
    if (channel.queuedBytes <= MAX_WATCHER_BYTES) channel.send({ type: "state", state });
  });
  channel.onClosed(end);
}

interface ControlDeps {
  readonly readModel: ReadModel;
  readonly changes: FlowChanges;
  readonly backups: Backups;
  readonly watch: FlowWatch;
  readonly fileChanges: FileChanges;
  readonly pageToken: string;
}

interface ControlOptions extends ControlDeps {
  readonly hold: boolean;
}

interface AnswerDeps extends ControlDeps, ChildQuestions {}

async function answer(
  supervisor: FlowSupervisor,
  tools: AnswerDeps,
  request: ControlRequest,
): Promise<ControlAnswer> {
  if (isView(request)) return answerView(supervisor, tools.readModel, request);
  if (isBackupRequest(request)) {
    const ask: AskCopy = async (replica, task) => tools.copyTasks.ask(replica, task);
    return { ok: true, operation: await tools.backups.begin(request, ask) };
  }
  if (isCommand(request)) return { ok: true, lines: await command(supervisor, tools, request) };
  switch (request.ask) {
    case "page":
      return { ok: true, page: { url: adminUrl(supervisor), token: tools.pageToken } };
    case "changes":
      return { ok: true, changes: await describeChanges(supervisor, tools, request) };
    case "verify":
      return {
        ok: true,
        verify: await verifyCopies(shardsWithin(supervisor, request.address), tools.inspections),
      };
    case "restart": {
      const { allAtOnce, timeoutMs } = request;
      const addresses = restartable(supervisor, request.addresses);
      return {
        ok: true,
        operation: await tools.changes.restart({ addresses, allAtOnce, timeoutMs }),
      };
    }
    case "update":
      return update(tools, request);
    case "scale":
      return { ok: true, operation: tools.changes.scale(request.replicas, request.timeoutMs) };
    default:
      return assertNever(request);
  }
}

async function update(
  { changes, watch }: Pick<AnswerDeps, "changes" | "watch">,
  request: Extract<Question, { ask: "update" }>,
): Promise<ControlAnswer> {
  const { variables, envFiles = [], dryRun, timeoutMs } = request;
  const from = { variables, envFiles };
  const { plan, operation } = await changes.update({ from, dryRun, timeoutMs });
  if (!request.dryRun) watch.choose(request.watch);
  return { ok: true, plan, operation };
}

const QUESTIONS = ["page", "changes", "verify", "restart", "update", "scale"] as const;
type Question = Extract<ControlRequest, { ask: (typeof QUESTIONS)[number] }>;
type Command = Exclude<ControlRequest, Question | ViewRequest | BackupRequest>;

function isBackupRequest(request: ControlRequest): request is BackupRequest {
  return request.ask === "backup" || request.ask === "export" || request.ask === "restore";
}

/** Returns whether the answer is lines of text. */
function isCommand(request: Question | Command): request is Command {
  return !QUESTIONS.some((question) => question === request.ask);
}

async function command(
  supervisor: FlowSupervisor,
  tools: AnswerDeps,
  request: Command,
): Promise<readonly string[]> {
  switch (request.ask) {
    case "explain":
      return explainReplicas(supervisor, request.address);
    case "metrics": {
      const { facts } = tools.readModel;
      const text = await collectMetrics(supervisor, { facts, measurements: tools.measurements });
      return text.split("\n");
    }
    case "stop":
      return stopReplicas(supervisor, request.address);
    case "start":
      return startReplicas(supervisor, request.address);
    case "cancel":
      return [await tools.changes.operations.cancelByUser(request.operation)];
    case "reroute":
      return allocateStale(supervisor, request.address, request.acceptDataLoss);
    case "down":
      supervisor.down(request.timeoutMs);
      return ["stopping"];
    case "kill":
      supervisor.kill();
      return ["killing"];
    case "release":
      return ["the flow keeps running"];
    default:
      return assertNever(request);
  }
}

/** The admin server opens before the Unix socket. */
function adminUrl({ facts }: FlowSupervisor): string {
  return facts.addresses()["admin"]!;
}

async function describeChanges(
  { flow: running, replicas }: FlowSupervisor,
  { fileChanges, changes }: Pick<AnswerDeps, "fileChanges" | "changes">,
  { from }: Extract<Question, { ask: "changes" }>,
): Promise<readonly string[]> {
  const parts = replicas.map(({ planned, startedAt }) => ({
    name: helperName(planned),
    startedAt,
  }));
  return fileChanges.describe({ running, taken: changes.taken }, parts, from);
}

/** Returns the addresses of the named replicas, or of all replicas but the gateway. */
function restartable(supervisor: FlowSupervisor, named: readonly string[]): readonly string[] {
  const all =
    named.length > 0
      ? named.flatMap((address) => findReplicas(supervisor, address))
      : supervisor.replicas.filter(({ planned }) => planned.part !== "gateway");
  return [...new Set(all.map(({ address }) => address))];
}

function shardsWithin(
  supervisor: FlowSupervisor,
  address: string | undefined,
): FlowSupervisor["shards"]["all"] {
  if (address === undefined) return supervisor.shards.all;
  const wanted = new Set(
    findReplicas(supervisor, address).map(({ planned }) => supervisor.shards.of(planned)),
  );
  return supervisor.shards.all.filter((shard) => wanted.has(shard));
}
