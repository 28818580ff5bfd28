import type { CopyDisk, CopyReport } from "../../model/shard/copy-report.ts";
import type { CopyTask } from "../../model/shard/backup.ts";
import type { Position } from "../../model/shard/log.ts";
import { backUpCopy } from "../backup/back-up-copy.ts";
import { restoreBackup } from "./restore-backup.ts";
import type { PendingWrites } from "./pending-writes.ts";
import { maxLogBytes, type CopyCommand } from "../../replication/replication.ts";
import { KEPT_SNAPSHOTS } from "../../util/limits/shards.ts";
import { assertNever } from "../../util/unreachable.ts";
import type { RecoveredCopy } from "../disk/recover-copy.ts";
import type { CopyService } from "../service/replica-service.ts";
import type { CopyDriver } from "./copy-driver.ts";
import { SendRate } from "../links/send-rate.ts";
import type { CopyLinks } from "../links/copy-links.ts";

interface ShardCopyDeps {
  readonly driver: CopyDriver;
  readonly links: CopyLinks;
  readonly pending: PendingWrites;
  /** The bytes of snapshots that are sent in a second; undefined: no limit. */
  readonly maxBytesPerSec: number | undefined;
}

/** The part of a copy that the supervisor and the other copies of the shard use. */
export class ShardCopyService implements CopyService {
  readonly copyId: string;
  readonly isEmpty: boolean;
  readonly handlers: CopyService["handlers"];
  readonly #recovered: RecoveredCopy;
  readonly #driver: CopyDriver;
  readonly #links: CopyLinks;
  readonly #pending: PendingWrites;

  constructor(recovered: RecoveredCopy, { driver, links, pending, maxBytesPerSec }: ShardCopyDeps) {
    const rate = maxBytesPerSec === undefined ? undefined : new SendRate(maxBytesPerSec);
    this.#recovered = recovered;
    this.#driver = driver;
    this.#links = links;
    this.#pending = pending;
    this.copyId = recovered.found.copyId;
    this.isEmpty = driver.copy.position.seq === 0;
    this.handlers = {
      attach: (link) => links.accept(link),
      sendSnapshot(request, signal) {
        const chunks = recovered.snapshotStore.send(request, signal);
        return rate?.pace(chunks) ?? chunks;
      },
    };
  }

  report(): CopyReport {
    const { copy } = this.#driver;
    return {
      term: copy.term,
      localCheckpoint: copy.localCheckpoint,
      globalCheckpoint: copy.checkpoint,
      storeBytes: this.#recovered.log.bytes + this.#recovered.snapshotStore.newestBytes,
      disk: this.#disk(),
      readable: copy.isServing,
    };
  }

  #disk(): CopyDisk {
    const { log, snapshotStore } = this.#recovered;
    const { newestBytes, keptBytes } = snapshotStore;
    return {
      logBytes: log.bytes,
      maxLogBytes: maxLogBytes(newestBytes),
      snapshotBytes: keptBytes,
      maxSnapshotBytes: (KEPT_SNAPSHOTS + 1) * newestBytes,
    };
  }

  async carryOut(task: CopyTask): Promise<Position> {
    const { copy } = this.#driver;
    if (task.kind === "backUp")
      return backUpCopy(this.#recovered, () => copy.checkpoint, task.folder);
    return restoreBackup(task.name, { pending: this.#pending, driver: this.#driver });
  }

  listenAt(target: string): void {
    this.#links.setOwnTarget(target);
  }

  command(command: CopyCommand): void {
    switch (command.type) {
      case "ask":
        return this.#driver.feed({ type: "asked", term: command.term });
      case "promote": {
        const { targets, ...promotion } = command;
        this.#links.addTargets(targets);
        return this.#driver.feed({ ...promotion, type: "promoted" });
      }
      case "announce": {
        const { targets, ...announcement } = command;
        this.#links.addTargets(targets);
        return this.#driver.feed({ ...announcement, type: "members" });
      }
      case "answer":
        return this.#driver.feed({ type: "answered", answer: command.answer });
      default:
        return assertNever(command);
    }
  }
}
