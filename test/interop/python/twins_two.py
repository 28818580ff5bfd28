"""Executors of stock Jina for docarray 2."""
from docarray import DocList
from documents_two import Item, Match
from jina import Executor, requests


class TwinTwo(Executor):
    @requests(on='/echo')
    def echo(self, docs: DocList[Item], **kwargs) -> DocList[Item]:
        return docs

    @requests(on='/mark')
    def mark(self, docs: DocList[Item], **kwargs) -> DocList[Item]:
        for doc in docs:
            doc.text += '|marked'
        return docs

    @requests(on='/match')
    def match(self, docs: DocList[Item], **kwargs) -> DocList[Item]:
        shard = max(0, self.runtime_args.shard_id)
        for doc in docs:
            doc.tags = {**doc.tags, f'shard{shard}': shard}
            for i in range(2):
                doc.matches.append(Match(id=f'{shard}-{i}', text=f'm{i}', score=i + shard / 8))
        return docs
