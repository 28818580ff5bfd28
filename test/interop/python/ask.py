"""What a stock client sends and gets, as JSON."""
import os

import docarray
from aiohttp import connector
from jina import Client

V2 = docarray.__version__ >= '0.30'
if V2:
    from docarray import DocList
    from documents_v2 import TYPES, make, tell
else:
    from documents_v1 import make, tell


def client_of(job):
    authority = os.environ.get('SSL_CERT_FILE')
    if authority:
        # It is read when aiohttp is imported, which was before the fork.
        connector._SSL_CONTEXT_VERIFIED.load_verify_locations(authority)
    return Client(host='127.0.0.1', port=job.get('at', job['port']), protocol=job.get('protocol', 'grpc'), **job.get('client', {}))


def ready(job, answer):
    answer({'ready': client_of(job).is_flow_ready(timeout=5000)})


def profile(job, answer):
    client_of(job).profiling(show_table=False)
    answer({'profiled': True})


def post(job, answer):
    seen = []
    options = dict(job.get('options', {}))
    def take(name, response):
        seen.append([name, tell_response(response) if response else None])
        if name == job.get('callback_raises'):
            raise KeyError(name)

    for name in job.get('callbacks', []):
        options[name] = lambda response, *rest, name=name: take(name, response)
    if 'return_responses' not in options and not job.get('callbacks'):
        options['return_responses'] = True
    if V2:
        options['return_type'] = DocList[TYPES[job.get('returns', job.get('type', 'Item'))]]
    docs = job.get('docs')
    inputs = None if docs is None else make(docs, *([job['type']] if 'type' in job else []))
    if job.get('single'):
        inputs = inputs[0]
    if job.get('generator'):
        inputs = (doc for doc in list(inputs))
    try:
        got = client_of(job).post(job['endpoint'], inputs, parameters=job.get('parameters'), **options)
    except Exception as error:
        answer({'raised': type(error).__name__, 'message': str(error), 'callbacks': seen})
        return
    result = {'callbacks': seen}
    if got is None:
        result['returned'] = None
    elif options.get('return_responses'):
        result['responses'] = [tell_response(response) for response in got]
    else:
        result['docs'] = [tell(doc) for doc in got]
    answer(result)


def tell_response(response):
    header = response.header
    status = header.status
    exception = status.exception
    return {
        'docs': [tell(doc) for doc in response.docs],
        'parameters': response.parameters,
        'endpoint': header.exec_endpoint,
        'target': header.target_executor,
        'id': header.request_id,
        'status': {
            'code': int(status.code),
            'description': status.description,
            'exception': {
                'name': exception.name,
                'args': list(exception.args),
                'stacks': len(exception.stacks) > 0,
                'executor': exception.executor,
            },
        },
        'routes': [
            {
                'executor': route.executor,
                'started': route.start_time.ByteSize() > 0,
                'ended': route.end_time.ByteSize() > 0,
                'status': int(route.status.code),
            }
            for route in response.routes
        ],
    }
