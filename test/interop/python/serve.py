"""Serves a flow file with stock Jina until its process is ended."""
import os
import signal

from jina import Deployment, Flow


def serve(job, answer):
    os.chdir(job['folder'])
    os.environ.update(job.get('env', {}))
    with Flow.load_config('flow.yml'):
        answer({'ready': True})
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


def host(job, answer):
    """Serves one executor alone, or behind a gateway of its own, for flows that call it external."""
    gateway = job.get('gateway', False)
    with Deployment(uses=job['uses'], uses_with=job.get('with'), name=job['name'], port=job['port'], include_gateway=gateway):
        answer({'ready': True})
        signal.sigwait({signal.SIGTERM, signal.SIGINT})
