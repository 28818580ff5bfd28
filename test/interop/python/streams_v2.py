"""An executor of stock Jina for docarray v2 that answers one document with many."""
import asyncio

from docarray import BaseDoc
from jina import Executor, requests


class Prompt(BaseDoc):
    text: str = ''
    count: int = 3
    weight: float = 0.5


class Token(BaseDoc):
    text: str
    place: int = 0
    weight: float = 1.0


class StreamsV2(Executor):
    ended = 0

    @requests(on='/stream')
    async def stream(self, doc: Prompt, parameters=None, **kwargs) -> Token:
        for place in range(doc.count):
            yield Token(id=f'{doc.id}-{place}', text=f'{doc.text}|{parameters}', place=place, weight=doc.weight)

    @requests(on='/endless')
    async def endless(self, doc: Prompt, **kwargs) -> Token:
        try:
            while True:
                yield Token(id=doc.id, text=doc.text)
                await asyncio.sleep(0.01)
        finally:
            self.ended += 1

    @requests(on='/ended')
    async def tell_ended(self, doc: Prompt, **kwargs) -> Token:
        ended, self.ended = self.ended, 0
        yield Token(id=doc.id, text='ended', place=ended)

    @requests(on='/stream-fail')
    async def fail(self, doc: Prompt, **kwargs) -> Token:
        for place in range(2):
            yield Token(id=f'{doc.id}-{place}', text=doc.text, place=place)
        raise ValueError('told to fail')

    @requests(on='/whole')
    async def whole(self, doc: Prompt, **kwargs) -> Token:
        return Token(id=doc.id, text=doc.text)
