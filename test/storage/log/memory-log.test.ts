import { MemoryLog } from "../../../src/storage/storage.ts";
import { logContract } from "../../contract/log.ts";

logContract("the log in memory", { open: async () => new MemoryLog() });
