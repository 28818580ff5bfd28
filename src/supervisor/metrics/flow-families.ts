import type { ShardStatus } from "../../model/control/status.ts";
import type { MetricFamily, MetricLabels, MetricSample } from "../../util/metrics/family.ts";
import { sampleProcess } from "../../util/process/process-identity.ts";
import type { ReplicaProcess } from "../children/replica-process.ts";
import { helperName } from "../decide/planned-replica.ts";

/** The measurements of the supervisor. */
export interface FlowMeasures {
  readonly version: string;
  readonly flow: string;
  readonly supervisorPid: number;
  readonly replicas: readonly ReplicaProcess[];
  readonly shards: readonly ShardStatus[];
}

/** Returns what the supervisor measures: replicas, copies, files of copies, processes. */
export function flowFamilies(facts: FlowMeasures): readonly MetricFamily[] {
  return [
    {
      name: "jflow_info",
      help: "The flow and the version of jflow; the value is 1",
      type: "gauge",
      samples: [{ labels: { flow: facts.flow, version: facts.version }, value: 1 }],
    },
    ...replicaFamilies(facts.replicas),
    ...copyFamilies(facts.shards),
    ...diskFamilies(facts.shards),
    ...processFamilies(facts),
  ];
}

function labelsOf({ planned }: ReplicaProcess): MetricLabels {
  const { shard, replica } = planned;
  return { deployment: helperName(planned), shard: String(shard), replica: String(replica) };
}

function replicaFamilies(replicas: readonly ReplicaProcess[]): readonly MetricFamily[] {
  const documents = replicas.flatMap((replica) =>
    replica.report.docs === null ? [] : [{ labels: labelsOf(replica), value: replica.report.docs }],
  );
  const shards = replicas.map((replica) => {
    const { deployment = "", shard = "" } = labelsOf(replica);
    return { labels: { deployment, shard }, isReady: replica.state.name === "ready" };
  });
  return [
    {
      name: "jflow_replicas",
      help: "Replicas that the plan has, by shard",
      type: "gauge",
      samples: sumByLabels(shards.map(({ labels }) => ({ labels, value: 1 }))),
    },
    {
      name: "jflow_replicas_ready",
      help: "Replicas that serve, by shard",
      type: "gauge",
      samples: sumByLabels(
        shards.map(({ labels, isReady }) => ({ labels, value: isReady ? 1 : 0 })),
      ),
    },
    {
      name: "jflow_replica_restarts_total",
      help: "Exits of a process of a replica after which the replica was started again",
      type: "counter",
      samples: replicas.map((one) => ({ labels: labelsOf(one), value: one.restarts })),
    },
    {
      name: "jflow_replica_documents",
      help: "Documents that the executor of a replica holds",
      type: "gauge",
      samples: documents,
    },
  ];
}

function copyFamilies(shards: readonly ShardStatus[]): readonly MetricFamily[] {
  const count = (value: (copy: ShardStatus) => boolean): readonly MetricSample[] =>
    sumByLabels(
      shards.map((copy) => ({
        labels: { deployment: copy.executor, shard: String(copy.shard) },
        value: value(copy) ? 1 : 0,
      })),
    );
  return [
    {
      name: "jflow_shard_copies",
      help: "Copies that a shard should have",
      type: "gauge",
      samples: count(() => true),
    },
    {
      name: "jflow_shard_copies_in_sync",
      help: "Copies of a shard that hold every acknowledged write",
      type: "gauge",
      samples: count(({ inSync }) => inSync),
    },
    {
      name: "jflow_shard_primaries",
      help: "Primaries of a shard: 1, or 0 while writes wait",
      type: "gauge",
      samples: count(({ role }) => role === "primary"),
    },
  ];
}

function diskFamilies(shards: readonly ShardStatus[]): readonly MetricFamily[] {
  const of = (read: (copy: ShardStatus) => number | null | undefined): readonly MetricSample[] =>
    shards.flatMap((copy) => {
      const value = read(copy) ?? null;
      const shard = String(copy.shard);
      const labels = { deployment: copy.executor, shard, replica: String(copy.replica) };
      return value === null ? [] : [{ labels, value }];
    });
  return [
    {
      name: "jflow_copy_log_bytes",
      help: "Size of the log of a copy",
      type: "gauge",
      samples: of(({ disk }) => disk?.logBytes),
    },
    {
      name: "jflow_copy_snapshot_bytes",
      help: "Size of the snapshots of a copy",
      type: "gauge",
      samples: of(({ disk }) => disk?.snapshotBytes),
    },
    {
      name: "jflow_copy_unreplicated_records",
      help: "Records of a copy that are not known to be safe on every in-sync copy",
      type: "gauge",
      samples: of(({ localCheckpoint, globalCheckpoint }) =>
        localCheckpoint === null || globalCheckpoint === null
          ? null
          : Math.max(0, localCheckpoint - globalCheckpoint),
      ),
    },
  ];
}

/** Sums over the processes of one replica: a worker and the Python process that it keeps. */
function processFamilies({ replicas, supervisorPid }: FlowMeasures): readonly MetricFamily[] {
  const all = [
    { labels: { deployment: "supervisor", shard: "0", replica: "0" }, pids: [supervisorPid] },
    ...replicas.map((one) => ({ labels: labelsOf(one), pids: [one.pid, one.keptPid] })),
  ];
  const samples = all.flatMap(({ labels, pids }) =>
    pids.flatMap((pid) => {
      const sample = pid === null ? undefined : sampleProcess(pid);
      return sample === undefined ? [] : [{ labels, sample }];
    }),
  );
  return [
    {
      name: "jflow_process_resident_memory_bytes",
      help: "Resident memory of the processes of a replica",
      type: "gauge",
      samples: samples.map(({ labels, sample }) => ({ labels, value: sample.rssBytes })),
    },
    {
      name: "jflow_process_cpu_seconds_total",
      help: "Processor time of the processes of a replica, user and system",
      type: "counter",
      samples: samples.map(({ labels, sample }) => ({ labels, value: sample.cpuMs / 1_000 })),
    },
  ];
}

function sumByLabels(
  samples: readonly { readonly labels: MetricLabels; readonly value: number }[],
): readonly MetricSample[] {
  const sums = new Map<string, { labels: MetricLabels; value: number }>();
  for (const { labels, value } of samples) {
    const key = Object.values(labels).join("/");
    sums.set(key, { labels, value: (sums.get(key)?.value ?? 0) + value });
  }
  return [...sums.values()];
}
