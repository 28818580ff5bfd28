#!/bin/sh
":" //; exec node -- "$0" "$@"
// The shell runs the line above. After "--", Node.js leaves options such as --env-file to jflow.
import "../dist/cli/main.js";
