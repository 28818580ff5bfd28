import { watchParent } from "../../util/watch-parent.ts";

// Loaded into a child with `--import` where the kernel does not end children with their parent.
watchParent();
