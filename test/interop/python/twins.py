"""Executors of stock Jina for docarray v1: each does what its twin of the same name in ../twins.ts does."""
import os
import signal
import time

import grpc
from docarray import Document, DocumentArray
from jina import Executor, requests
from jina.serve.runtimes.servers.grpc import GRPCServer


class TwinError(Exception):
    """What a twin throws when told to."""


class Twin(Executor):
    def __init__(self, mark: str = '', **kwargs):
        super().__init__(**kwargs)
        self.mark = mark
        self.shard = max(0, self.runtime_args.shard_id)

    @requests(on='/echo')
    def echo(self, docs, **kwargs):
        pass

    @requests(on='/mark')
    def put_mark(self, docs, **kwargs):
        for doc in docs:
            doc.text += f'|{self.mark}'

    @requests(on=['/index', '/search', '/custom'])
    def append(self, docs, **kwargs):
        docs.append(Document(id=f'new-{self.shard}', text='new'))

    @requests(on='/match')
    def match(self, docs, **kwargs):
        for doc in docs:
            doc.text = f'shard {self.shard}'
            doc.tags = [{}, {'c': 'd'}, {'a': 'b'}][self.shard]
            for i in range(5):
                found = Document(id=f'{self.shard}-{i}', text=f'm{i}', tags={'shard': self.shard})
                found.scores['cosine'].value = (i * 3 + self.shard + 1) / 16
                doc.matches.append(found)

    @requests(on='/overlap')
    def overlap(self, docs, **kwargs):
        for doc in docs:
            for i in range(3):
                found = Document(id=f'm{self.shard + i}', tags={} if self.shard == 0 else {'shard': self.shard})
                found.scores['cosine'].value = (1 + self.shard) / 8
                if self.shard == 2:
                    found.text = 'from 2'
                found.chunks.append(Document(id=f'c{self.shard}', text='chunk'))
                doc.matches.append(found)

    @requests(on='/results')
    def results(self, docs, parameters, **kwargs):
        return {'mark': self.mark, 'seen': parameters, 'count': len(docs)}

    @requests(on='/replace')
    def replace(self, docs, **kwargs):
        return DocumentArray([Document(id=f'{doc.id}-{i}', text=f'{doc.text}{i}') for doc in docs for i in range(2)])

    @requests(on='/none')
    def none(self, docs, **kwargs):
        return DocumentArray()

    @requests(on='/fail')
    def fail(self, docs, **kwargs):
        if len(docs) == 0 or docs[0].text == 'fail':
            raise TwinError('told to fail')

    @requests(on='/fail-shard')
    def fail_shard(self, docs, parameters, **kwargs):
        if self.shard in parameters.get('shards', []):
            raise TwinError('told to fail')
        for doc in docs:
            doc.matches.append(Document(id=f'from-{self.shard}'))

    @requests(on='/wait')
    def wait(self, docs, **kwargs):
        for doc in docs:
            time.sleep(doc.tags.get('wait', 0))

    @requests(on='/matrix')
    def matrix(self, docs, docs_matrix=None, docs_map=None, **kwargs):
        return {
            'docs': [doc.id for doc in docs],
            'matrix': [[f'{doc.id}:{doc.text}' for doc in branch] for branch in docs_matrix or []],
            'map': sorted((docs_map or {}).keys()),
        }

    @requests(on='/pid')
    def pid(self, docs, **kwargs):
        for doc in docs:
            doc.tags = {'pid': os.getpid()}

    @requests(on='/die')
    def die(self, docs, **kwargs):
        os.kill(os.getpid(), signal.SIGKILL)


class Narrow(Executor):
    """Binds one endpoint."""

    @requests(on='/only')
    def only(self, docs, **kwargs):
        for doc in docs:
            doc.text += '|only'


class Catch(Executor):
    """Binds one endpoint, and catches the others."""

    @requests(on='/known')
    def known(self, docs, **kwargs):
        for doc in docs:
            doc.text += '|known'

    @requests
    def rest(self, docs, **kwargs):
        for doc in docs:
            doc.text += '|rest'


class Batched(Executor):
    """Tells how many documents each of its calls had."""

    @requests(on='/together')
    def together(self, docs, **kwargs):
        for doc in docs:
            doc.tags = {'together': len(docs)}


class Witness(Twin):
    """Tells the metadata of the call before, which Jina gives no executor: its server is given an interceptor that keeps them."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        GRPCServer.aio_tracing_server_interceptors = lambda _: [KeepMetadata()]

    @requests(on='/metadata')
    def tell_metadata(self, parameters, **kwargs):
        return {name: KeepMetadata.kept.get(name) for name in parameters['names']}


class KeepMetadata(grpc.aio.ServerInterceptor):
    kept = {}

    async def intercept_service(self, continuation, details):
        if details.method.startswith(('/jina.JinaRPC/', '/jina.JinaSingleDataRequestRPC/', '/jina.JinaDataRequestRPC/')):
            KeepMetadata.kept = dict(details.invocation_metadata)
        return await continuation(details)


class Around(Executor):
    """What stands before shards (`uses_before`) or behind them (`uses_after`)."""

    @requests(on=['/before', '/mark'])
    def before(self, docs, **kwargs):
        for doc in docs:
            doc.text += '|before'

    @requests(on='/match')
    def after(self, docs_matrix=None, **kwargs):
        if docs_matrix is None or len(docs_matrix) < 2:
            return None
        return DocumentArray([Document(id='after', text=' '.join(str(len(branch)) for branch in docs_matrix))])
