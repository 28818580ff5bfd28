#!/usr/bin/env -S node --
// After "--", Node.js leaves options such as --env-file to jflow.
import "../dist/cli/main.js";
