/**
 * Where a key may be: at the top or in `with`, in `gateway` or `with`, in an entry of `executors`.
 */
export type Level = "flow" | "gateway" | "executor";

const TRACING = ["tracing", "traces_exporter_host", "traces_exporter_port"] as const;
const METRICS = [
  "monitoring",
  "port_monitoring",
  "metrics",
  "metrics_exporter_host",
  "metrics_exporter_port",
] as const;
const LOGGING = ["log_config", "quiet", "quiet_error", "suppress_root_logging"] as const;
const CONTAINERS = [
  "env_from_secret",
  "image_pull_secrets",
  "secrets",
  "volumes",
  "gpus",
  "docker_kwargs",
  "entrypoint",
  "disable_auto_volume",
  "prefer_platform",
  "force_update",
  "force",
  "install_requirements",
  "k8s_namespace",
] as const;
const SERVERS = [
  "runtime_cls",
  "grpc_server_options",
  "grpc_channel_options",
  "compression",
  "timeout_ctrl",
  "native",
  "reload",
  "provider",
] as const;
/** Settings of one process of Jina. Saved flows contain them. */
const OF_A_POD = [
  "pod_role",
  "shard_id",
  "replica_id",
  "noblock_on_start",
  "provider_endpoint",
  "workspace_id",
] as const;

/** Keys of Jina that have no effect in jflow. One warning names them all. */
export const IGNORED_KEYS: Readonly<Record<Level, readonly string[]>> = {
  flow: [
    "jcloud",
    "inspect",
    "extra_search_paths",
    "quiet_remote_logs",
    "asyncio",
    "return_results",
    ...LOGGING,
  ],
  gateway: [
    ...METRICS,
    ...CONTAINERS,
    ...SERVERS,
    ...LOGGING,
    ...OF_A_POD,
    "jcloud",
    "name",
    "workspace",
    "timeout_ready",
    "floating",
    "replicas",
    "shards",
    "stateful",
    "peer_ports",
    "extra_search_paths",
    "expose_graphql_endpoint",
    "uvicorn_kwargs",
    "proxy",
    "graph_description",
    "graph_conditions",
    "deployments_addresses",
    "deployments_metadata",
    "deployments_no_reduce",
    "deployments_disable_reduce",
  ],
  executor: [
    ...TRACING,
    ...METRICS,
    ...CONTAINERS,
    ...SERVERS,
    ...LOGGING,
    ...OF_A_POD,
    "jcloud",
    "ssl_certfile",
    "ssl_keyfile",
    "uvicorn_kwargs",
    "force_network_mode",
    "title",
    "description",
    "cors",
    "protocol",
    "protocols",
    "peer_ports",
    "pod_ports",
    "raft_configuration",
    "extra_search_paths",
    "deployment_role",
    "uses_before_address",
    "uses_after_address",
    "connection_list",
  ],
};
