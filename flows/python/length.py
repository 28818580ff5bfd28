from jina import Executor, requests


class Length(Executor):
    """Writes the length of each text into a tag."""

    def __init__(self, unit: str = 'characters', **kwargs):
        super().__init__(**kwargs)
        self.unit = unit

    @requests(on='/measure')
    def measure(self, docs, **kwargs):
        for doc in docs:
            doc.tags[self.unit] = len(doc.text)
