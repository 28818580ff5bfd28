"""How others look whether something is up: `jina ping` as Kubernetes runs it, and a watch on the standard health service."""
import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from jina.checker import NetworkChecker
from jina.parsers.ping import set_ping_parser


def ping(job, answer):
    """The exit code of `jina ping TARGET HOST`."""
    try:
        NetworkChecker(set_ping_parser().parse_args([job['target'], job['host'], '--timeout', '2000']))
    except SystemExit as end:
        answer({'exit': end.code})


def watch(job, answer):
    """What a watch says first, and whether it then goes on without a word."""
    with grpc.insecure_channel(f"127.0.0.1:{job.get('at', job['port'])}") as channel:
        call = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service=job['service']), timeout=1)
        said = []
        try:
            for state in call:
                said.append(health_pb2.HealthCheckResponse.ServingStatus.Name(state.status))
            answer({'said': said, 'end': 'OK'})
        except grpc.RpcError as error:
            answer({'said': said, 'end': error.code().name})
