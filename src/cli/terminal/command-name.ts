/** How a user calls jflow. */
export type CommandName = "jflow" | "npx jflow";

const COMMANDS = [
  "backup",
  "cancel",
  "completion",
  "config",
  "describe",
  "doctor",
  "down",
  "eval",
  "events",
  "explain",
  "export-documents",
  "health",
  "help",
  "idf",
  "init",
  "logs",
  "ls",
  "post",
  "ps",
  "reroute",
  "reshard",
  "restart",
  "restore",
  "scale",
  "schema",
  "search",
  "shards",
  "start",
  "stop",
  "top",
  "ui",
  "up",
  "verify",
  "version",
  "wait",
];

const COMMAND = new RegExp(`(?<!npx |[\\w./-])jflow (?=(?:-|(?:${COMMANDS.join("|")})\\b))`, "g");

/**
 * Returns how the user calls jflow. `script` is the path of the program that runs. npm links the
 * programs of a project in `node_modules/.bin`, which a shell does not search: npx does.
 */
export function commandNameOf(script: string | undefined): CommandName {
  return /[/\\]node_modules[/\\]\.bin[/\\][^/\\]+$/.test(script ?? "") ? "npx jflow" : "jflow";
}

/** Returns a message whose commands are those that the user can type. */
export function nameCommands(text: string, name: CommandName): string {
  return name === "jflow" ? text : text.replaceAll(COMMAND, `${name} `);
}
