/** The facts about a running flow that decide what a user can do next. */
export interface NextStepsOptions {
  /** The endpoints that executors bind. */
  readonly endpoints: readonly string[];
  /** A file of documents next to the flow file, as a path from the current folder. */
  readonly dataFile: string | undefined;
  /** The flow file as a path from the current folder; undefined if commands find it themselves. */
  readonly flowFile: string | undefined;
  readonly isDetached: boolean;
  /** The flow takes saved files. */
  readonly isWatched?: boolean;
}

/** Returns commands that fit the flow: only endpoints that it binds and files that exist. */
export function listNextSteps(options: NextStepsOptions): readonly string[] {
  const { isDetached, isWatched = false } = options;
  const commands = [
    ...listRequests(options),
    "ps",
    ...(isDetached && isWatched ? ["events --follow"] : []),
    ...(isDetached ? ["down"] : []),
  ];
  return formatCommands(commands, options.flowFile);
}

/** Returns commands for a flow that starts in the background. */
export function listStartingSteps(flowFile: string | undefined): readonly string[] {
  return formatCommands(["ps", "health --wait green", "down"], flowFile);
}

function formatCommands(
  commands: readonly string[],
  flowFile: string | undefined,
): readonly string[] {
  const file = flowFile === undefined ? "" : ` -f ${quote(flowFile)}`;
  return commands.map((command) => `jflow ${command}${file}`);
}

/** A search with text needs an executor that makes vectors of texts: one that binds `/default`. */
function listRequests({ endpoints, dataFile }: NextStepsOptions): readonly string[] {
  if (!endpoints.includes("/index") || dataFile === undefined) {
    const first = endpoints.find(isOwn) ?? endpoints.find(isDefault);
    return first === undefined ? [] : [`post ${first} --text "hello"`];
  }
  const canSearch = endpoints.includes("/search") && endpoints.includes("/default");
  return [`post /index --input ${quote(dataFile)}`, ...(canSearch ? ['search "some words"'] : [])];
}

const isDefault = (endpoint: string): boolean => endpoint === "/default";

/** Endpoints of an executor, without those of jflow and Jina. */
const isOwn = (endpoint: string): boolean => /^\/[^_]/.test(endpoint) && !isDefault(endpoint);

/** Quotes a path for a shell. */
function quote(path: string): string {
  return /^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
