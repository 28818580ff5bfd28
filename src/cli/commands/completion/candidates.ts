import type { Argument, Command, Option } from "commander";

/** A word that may follow, and what it means. */
interface Candidate {
  readonly word: string;
  readonly meaning?: string;
}

/** The sources of candidates. */
export interface CandidateDeps {
  /** Returns the addresses of the replicas of the running flow. */
  addresses(): Promise<readonly string[]>;
  /** Returns the names of the running flows. */
  flows(): Promise<readonly string[]>;
  /** Returns the folders (with `/` at the end) and files that start with `prefix`. */
  files(prefix: string, isWanted: (name: string) => boolean): Promise<readonly string[]>;
}

const YAML = /\.ya?ml$/;
const ENDPOINTS = ["/index", "/search", "/update", "/delete", "/status"];

/**
 * Returns the candidates for the last of `words`, the arguments of `jflow` up to the cursor. Reads
 * the commands, options and choices of `program`.
 */
export async function listCandidates(
  program: Command,
  words: readonly string[],
  deps: CandidateDeps,
): Promise<readonly Candidate[]> {
  const current = words.at(-1) ?? "";
  const { command, positionals, pending } = readWords(program, words.slice(0, -1));
  const assigned = /^(--[\w-]+)=(.*)$/s.exec(current);
  if (assigned !== null && pending === undefined) {
    const option = findOption(command, program, assigned[1]!);
    const values = option === undefined ? [] : await valuesOf(option, assigned[2]!, deps);
    return startingWith(
      values.map((each) => ({ ...each, word: `${assigned[1]}=${each.word}` })),
      current,
    );
  }
  if (pending !== undefined) return startingWith(await valuesOf(pending, current, deps), current);
  if (current.startsWith("-")) return startingWith(optionsOf(command), current);
  const found =
    command === program
      ? commandsOf(program)
      : await argumentsOf(program, { command, positionals, current }, deps);
  return startingWith(found, current);
}

interface Words {
  readonly command: Command;
  /** The number of arguments of the command. */
  readonly positionals: number;
  /** The option whose value is the current word. */
  readonly pending: Option | undefined;
}

/** Reads the words before the current one. */
function readWords(program: Command, words: readonly string[]): Words {
  let command = program;
  let positionals = 0;
  let pending: Option | undefined;
  for (const word of words) {
    if (pending !== undefined) pending = undefined;
    else if (word.startsWith("-")) {
      const option = findOption(command, program, word);
      pending = option?.required === true ? option : undefined;
    } else if (command === program)
      command = program.commands.find((each) => each.name() === word) ?? command;
    else positionals += 1;
  }
  return { command, positionals, pending };
}

function findOption(command: Command, program: Command, flag: string): Option | undefined {
  return [...command.options, ...program.options].find(
    ({ short, long }) => short === flag || long === flag,
  );
}

function optionsOf(command: Command): readonly Candidate[] {
  return command.options
    .filter(({ hidden }) => !hidden)
    .map((option) => ({ word: option.long ?? option.short!, meaning: option.description }))
    .concat({ word: "--help", meaning: "Show help" });
}

function commandsOf(program: Command): readonly Candidate[] {
  return program.commands.map((command) => ({
    word: command.name(),
    meaning: command.description(),
  }));
}

async function argumentsOf(
  program: Command,
  { command, positionals, current }: Omit<Words, "pending"> & { readonly current: string },
  deps: CandidateDeps,
): Promise<readonly Candidate[]> {
  if (command.name() === "help") return positionals === 0 ? commandsOf(program) : [];
  const declared = command.registeredArguments;
  const last = declared.at(-1);
  const argument = declared[positionals] ?? (last?.variadic === true ? last : undefined);
  return argument === undefined ? [] : valuesOf(argument, current, deps);
}

/** Returns the values of an option or an argument. Its name or its placeholder says what it is. */
async function valuesOf(
  what: Option | Argument,
  current: string,
  deps: CandidateDeps,
): Promise<readonly Candidate[]> {
  if (what.argChoices !== undefined) return what.argChoices.map((word) => ({ word }));
  const name = "flags" in what ? (/<([^>]+)>/.exec(what.flags)?.[1] ?? "") : what.name();
  const words = await wordsOf(name.replace(/\.\.\.$/, ""), current, deps);
  return words.map((word) => ({ word }));
}

type ReadWords = (deps: CandidateDeps, current: string) => Promise<readonly string[]>;

const readAddresses: ReadWords = async (deps) => widen(await deps.addresses());
const readExecutors: ReadWords = async (deps) => executorsOf(await deps.addresses());
const readFiles: ReadWords = async (deps, current) => deps.files(current, () => true);

/** The readers of the words, by the name of an argument or the placeholder of an option. */
const READERS: Readonly<Record<string, ReadWords>> = {
  address: readAddresses,
  subject: readAddresses,
  executor: readExecutors,
  regex: readExecutors,
  "executor=number": async (deps) =>
    executorsOf(await deps.addresses()).map((executor) => `${executor}=`),
  name: async (deps) => deps.flows(),
  endpoint: async () => ENDPOINTS,
  "flow.yml": async (deps, current) => deps.files(current, (file) => YAML.test(file)),
  folder: async (deps, current) => deps.files(current, () => false),
  file: readFiles,
  source: readFiles,
  judgements: readFiles,
};

async function wordsOf(
  name: string,
  current: string,
  deps: CandidateDeps,
): Promise<readonly string[]> {
  return Object.hasOwn(READERS, name) ? READERS[name]!(deps, current) : [];
}

/** Returns the executors, shards and replicas of replicas. */
function widen(addresses: readonly string[]): readonly string[] {
  const parts = addresses.flatMap((address) => {
    const [executor, shard] = address.split("/");
    return [executor!, `${executor}/${shard}`, address];
  });
  return [...new Set(parts)].toSorted();
}

function executorsOf(addresses: readonly string[]): readonly string[] {
  const names = addresses.map((address) => address.split("/", 1)[0]!);
  return [...new Set(names)].filter((name) => name !== "gateway").toSorted();
}

function startingWith(candidates: readonly Candidate[], prefix: string): readonly Candidate[] {
  return candidates.filter(({ word }) => word.startsWith(prefix));
}
