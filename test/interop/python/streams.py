"""An executor of stock Jina for docarray v1 that answers one document with many."""
from docarray import Document
from jina import Executor, requests


class Streams(Executor):
    @requests(on='/stream')
    async def stream(self, doc: Document, **kwargs):
        for place in range(int(doc.tags['count'])):
            yield Document(id=f'{doc.id}-{place}', text=f'{doc.text}|{place}', tags={'place': place})

    @requests(on='/stream-fail')
    async def fail(self, doc: Document, **kwargs):
        for place in range(2):
            yield Document(id=f'{doc.id}-{place}', text=doc.text)
        raise ValueError('told to fail')
