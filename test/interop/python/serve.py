"""Serves a flow file with stock Jina until its process is ended."""
import os
import signal

from jina import Flow


def serve(job, answer):
    os.chdir(job['folder'])
    os.environ.update(job.get('env', {}))
    with Flow.load_config('flow.yml'):
        answer({'ready': True})
        signal.sigwait({signal.SIGTERM, signal.SIGINT})
