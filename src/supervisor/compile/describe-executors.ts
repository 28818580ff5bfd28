import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Deployment, Flow } from "../../flow/flow.ts";
import { JflowError } from "../../util/errors.ts";
import type { ChildMessage, ReplicaSpec } from "../../model/replica.ts";
import type { Described } from "../../model/supervisor.ts";
import { makeDurableFolder } from "../../util/files/durable-folder.ts";
import { hasCode } from "../../util/error-code.ts";
import { replaceFile } from "../../util/files/replace-file.ts";
import { Child } from "../children/child.ts";
import { describeExit } from "../decide/lifecycle/replica-state.ts";
import type { LoadedModule } from "./load-modules.ts";

const POLLING = z.enum(["ANY", "ALL", "HASH"]);
const DESCRIBED = z.strictObject({
  endpoints: z.array(z.string()),
  writes: z.array(z.string()),
  polling: z.record(z.string(), POLLING),
  stateful: z.boolean(),
});

/** How a short-lived child is started, and where the results are kept. */
export interface DescribeDeps {
  /** The cache: `<hash>.described.json`. */
  readonly folder: string;
  readonly workerEntry: string;
  readonly version: string;
  environmentOf(deployment: Deployment): Readonly<Record<string, string>>;
  /** A spec in describe mode. */
  specOf(deployment: Deployment, processId: string): ReplicaSpec;
}

/**
 * Returns what the executor of each deployment declares. A child loads the class and exits. The
 * result is cached by the content of the module. Throws `NOT_READY` with the last lines of the
 * child for an executor that cannot be loaded.
 */
export async function describeExecutors(
  flow: Flow,
  modules: ReadonlyMap<string, LoadedModule>,
  tools: DescribeDeps,
): Promise<Readonly<Record<string, Described>>> {
  const asked = new Map<string, Promise<Described>>();
  const entries = flow.deployments.flatMap((deployment) => {
    const module = modules.get(`${deployment.name}/0/0`);
    // The endpoints of a Python executor are known when it runs.
    return module === undefined || module.python !== undefined ? [] : [{ deployment, module }];
  });
  return Object.fromEntries(
    await Promise.all(
      entries.map(async ({ deployment, module }) => {
        const key = await cacheKey(deployment, module, tools.version);
        const described = asked.get(key) ?? describeOnce(key, { flow, deployment, module }, tools);
        asked.set(key, described);
        return [deployment.name, await described] as const;
      }),
    ),
  );
}

async function cacheKey(
  deployment: Deployment,
  module: LoadedModule,
  version: string,
): Promise<string> {
  const content = await readFile(module.path);
  const rest = JSON.stringify([
    version,
    module.exportName ?? null,
    deployment.usesRequests ?? null,
  ]);
  return createHash("sha256").update(content).update(rest).digest("hex").slice(0, 16);
}

interface Subject {
  readonly flow: Flow;
  readonly deployment: Deployment;
  readonly module: LoadedModule;
}

async function describeOnce(
  key: string,
  subject: Subject,
  tools: DescribeDeps,
): Promise<Described> {
  const path = join(tools.folder, `${key}.described.json`);
  const known = await readKnown(path);
  if (known !== undefined) return known;
  const described = await askChild(subject, tools);
  await makeDurableFolder(tools.folder);
  await replaceFile(path, JSON.stringify(described));
  return described;
}

async function readKnown(path: string): Promise<Described | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
  return DESCRIBED.parse(JSON.parse(text));
}

async function askChild(
  { flow, deployment, module }: Subject,
  tools: DescribeDeps,
): Promise<Described> {
  const processId = `describe-${randomBytes(6).toString("hex")}`;
  const lines: string[] = [];
  const messages: ChildMessage[] = [];
  const child = new Child({
    entry: tools.workerEntry,
    nodeOptions: module.isCompiled ? ["--enable-source-maps"] : [],
    env: tools.environmentOf(deployment),
    cwd: flow.directory,
    processId,
    onLine: (_, text) => lines.push(text),
    onMessage: (message) => messages.push(message),
  });
  child.send(tools.specOf(deployment, processId));
  const late = setTimeout(() => child.kill(), deployment.timeoutReadyMs);
  const exit = await child.gone;
  clearTimeout(late);
  const hello = messages.find((message) => message.type === "hello");
  if (hello?.kind === "worker") {
    const { endpoints, writes, polling, stateful } = hello;
    return DESCRIBED.parse({ endpoints, writes, polling, stateful });
  }
  const failed = messages.find((message) => message.type === "failed");
  const why = failed?.message ?? describeExit(exit);
  throw new JflowError(
    "NOT_READY",
    [
      `${deployment.name}: ${deployment.usesText} cannot be loaded: ${why}`,
      ...lines.slice(-20),
    ].join("\n"),
  );
}
