from pathlib import Path

from docarray import DocumentArray
from jina import Executor, requests
from sklearn.feature_extraction.text import TfidfVectorizer


class TfidfExecutor(Executor):
    """Gives each document a sparse TF-IDF vector, with weights learnt from the lines of a file."""

    def __init__(self, corpus: str, **kwargs):
        super().__init__(**kwargs)
        lines = (Path(__file__).parent / corpus).read_text(encoding='utf-8').splitlines()
        self.vectorizer = TfidfVectorizer().fit(lines)

    @requests(on=['/index', '/search'])
    def encode(self, docs: DocumentArray, **kwargs):
        for doc, vector in zip(docs, self.vectorizer.transform(docs.texts)):
            doc.embedding = vector
