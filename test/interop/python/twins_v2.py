"""Executors of stock Jina for docarray v2."""
from docarray import DocList
from docarray.documents import ImageDoc, TextDoc
from docarray.documents.legacy import LegacyDocument
from documents_v2 import Counted, Item, Judged, Kinds, Match, Odd, Raw, Seen, tell
from jina import Executor, requests


class TwinV2(Executor):
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


class KindsV2(Executor):
    """Has an endpoint for every form that its documents may have."""

    @requests(on='/echo')
    def echo(self, docs: DocList[Kinds], **kwargs) -> DocList[Kinds]:
        return docs

    @requests(on='/see')
    def see(self, docs: DocList[Kinds], **kwargs) -> DocList[Seen]:
        """What came, as text: an answer's own types may differ from what the executor was given."""
        return DocList[Seen]([Seen(seen=repr(tell(doc)), **{field: getattr(doc, field) for field in doc.__fields__}) for doc in docs])

    @requests(on='/bytes')
    def bytes(self, docs: DocList[Kinds], **kwargs) -> DocList[Kinds]:
        for doc in docs:
            doc.raw = b'\xff\xfe\x00abc'
        return docs

    @requests(on='/odd')
    def odd(self, docs: DocList[Odd], **kwargs) -> DocList[Odd]:
        return docs

    @requests(on='/text')
    def text(self, docs: DocList[TextDoc], **kwargs) -> DocList[TextDoc]:
        for doc in docs:
            doc.text = (doc.text or '') + '|read'
        return docs

    @requests(on='/image')
    def image(self, docs: DocList[ImageDoc], **kwargs) -> DocList[ImageDoc]:
        return docs

    @requests(on='/legacy')
    def legacy(self, docs: DocList[LegacyDocument], **kwargs) -> DocList[LegacyDocument]:
        for doc in docs:
            doc.tags = {**doc.tags, 'read': len(doc.matches)}
        return docs

    @requests(on='/untold')
    def untold(self, docs, **kwargs):
        for doc in docs:
            doc.text = f'{doc.text}|untold'

    @requests(on='/results')
    def results(self, docs: DocList[Raw], parameters, **kwargs) -> DocList[Raw]:
        return {'seen': parameters, 'count': len(docs)}

    @requests(on='/none')
    def none(self, docs: DocList[Raw], **kwargs) -> DocList[Raw]:
        return DocList[Raw]()

    @requests(on='/fail')
    def fail(self, docs: DocList[Raw], **kwargs) -> DocList[Raw]:
        raise ValueError('told to fail')


class Count(Executor):
    """Gives other documents than it takes."""

    @requests(on='/judge')
    def count(self, docs: DocList[Raw], **kwargs) -> DocList[Counted]:
        return DocList[Counted]([Counted(id=doc.id, text=doc.text, letters=len(doc.text)) for doc in docs])


class Judge(Executor):
    """Takes what `Count` gives."""

    @requests(on='/judge')
    def judge(self, docs: DocList[Counted], parameters, **kwargs) -> DocList[Judged]:
        least = parameters.get('least', 5)
        return DocList[Judged]([Judged(id=doc.id, verdict=f'{doc.text}: {doc.letters}', is_long=doc.letters >= least) for doc in docs])


class CatchV2(Executor):
    """Takes whatever nobody binds."""

    @requests
    def rest(self, docs: DocList[Raw], **kwargs) -> DocList[Raw]:
        for doc in docs:
            doc.text += '|rest'
        return docs
