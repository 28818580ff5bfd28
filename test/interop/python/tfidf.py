"""The executor of Jina's tutorial on scaling out: TF-IDF by scikit-learn."""
from pathlib import Path

from jina import DocumentArray, Executor, requests
from sklearn.feature_extraction.text import TfidfVectorizer


class TfidfExecutor(Executor):
    """Gives the documents sparse TF-IDF vectors, with weights learnt from the lines of a file."""

    def __init__(self, corpus: str, **kwargs):
        super().__init__(**kwargs)
        self.vectorizer = TfidfVectorizer().fit(Path(corpus).read_text(encoding='utf-8').splitlines())

    @requests(on=['/index', '/search'])
    def encode(self, docs: DocumentArray, **kwargs):
        docs.embeddings = self.vectorizer.transform(docs.texts)
