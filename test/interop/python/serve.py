"""Serves a flow file with stock Jina until its process is ended."""
import asyncio
import os
import signal

from jina import Deployment, Flow
from jina.serve.runtimes.servers import BaseServer


def serve(job, answer):
    os.chdir(job['folder'])
    accept_tls()
    with Flow.load_config('flow.yml'):
        answer({'ready': True})
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


def host(job, answer):
    """Serves one executor alone, or behind a gateway of its own, for flows that call it external."""
    accept_tls()
    with Deployment(uses=job['uses'], uses_with=job.get('with'), name=job['name'], port=job['port'], include_gateway=job.get('gateway', False), **job.get('options', {})):
        answer({'ready': True})
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


def accept_tls():
    """Jina asks without TLS whether what it started is ready, so that nothing with a certificate ever is: here a port that answers will do."""
    if 'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH' in os.environ:
        BaseServer.async_is_ready = is_listening


async def is_listening(ctrl_address, **_):
    try:
        _, writer = await asyncio.open_connection(*ctrl_address.split(':'))
    except OSError:
        return False
    writer.close()
    return True
