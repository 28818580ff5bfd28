import { watchParent } from "../../util/process/watch-parent.ts";

// Loaded into a child with `--import` if the kernel does not end children with their parent.
watchParent();
