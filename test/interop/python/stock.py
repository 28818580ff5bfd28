"""The stock side: reads one JSON job a line on stdin, does each in a process of its own, answers one JSON line each.

A job is {"id", "op", ...}; its lines are {"id", "pid"} at once and {"id", "file"} when the answer lies in that file. A process of its own makes a
job that hangs killable (the pid leads its group) and costs no import; nothing of gRPC may be touched here before the fork.
"""
import importlib
import json
import os
import signal
import sys
import tempfile
import traceback

OPS = {'post': 'ask', 'ready': 'ask', 'profile': 'ask', 'stream': 'ask_stream', 'ping': 'probes', 'watch': 'probes', 'raw': 'raw_grpc', 'reflect': 'raw_grpc', 'vanish': 'raw_grpc', 'talk': 'raw_websocket', 'serve': 'serve', 'host': 'serve', 'exact': 'exact', 'nearest_vectors': 'exact', 'describe': 'openapi', 'keys': 'keys'}


def main():
    for name in {*OPS.values(), *sys.argv[1:]}:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    say({'hello': os.getpid()})
    for line in sys.stdin:
        job = json.loads(line)
        if os.fork() == 0:
            work(job)
            os._exit(0)


def work(job):
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    say({'id': job['id'], 'pid': os.getpid()})
    os.environ.update(job.get('env', {}))
    answers = os.dup(1)
    sink = os.open(os.devnull if job.get('quiet', True) else job['output'], os.O_WRONLY | os.O_CREAT)
    os.dup2(sink, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    if not job.get('log'):
        os.dup2(sink, 2)

    def answer(value):
        with tempfile.NamedTemporaryFile('w', suffix='.json', delete=False) as file:
            json.dump(value, file)
        os.write(answers, (json.dumps({'id': job['id'], 'file': file.name}) + '\n').encode())

    try:
        module = importlib.import_module(OPS[job['op']])
        getattr(module, job['op'])(job, answer)
    except BaseException as error:
        answer({'raised': type(error).__name__, 'message': str(error), 'trace': traceback.format_exc()})


def say(value):
    os.write(1, (json.dumps(value) + '\n').encode())


main()
