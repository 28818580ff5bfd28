"""Exact search by scikit-learn alone: no flow, no index, every document compared with every query."""
import json
from pathlib import Path


def exact(job, answer):
    # Here, in the job's own process: it starts threads, and no other job needs it.
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.metrics.pairwise import cosine_distances

    docs, queries = ([json.loads(line) for line in Path(job[name]).read_text('utf-8').splitlines()] for name in ('docs', 'queries'))
    vectorizer = TfidfVectorizer().fit([doc['text'] for doc in docs])
    vectors, asked = (vectorizer.transform([doc['text'] for doc in some]) for some in (docs, queries))
    answer({query['id']: nearest(docs, row, job['limit']) for query, row in zip(queries, cosine_distances(asked, vectors).tolist())})


def nearest(docs, distances, limit):
    ranked = sorted((distance, doc['id']) for distance, doc in zip(distances, docs))
    return [[id, distance] for distance, id in ranked[:limit]]


def nearest_vectors(job, answer):
    """The same of dense vectors by numpy: cosine distances in 64 bits."""
    import numpy as np

    vectors, asked = (np.array(job[name], dtype='f8') for name in ('vectors', 'asked'))
    units, asked = (each / np.linalg.norm(each, axis=1, keepdims=True) for each in (vectors, asked))
    found = 1 - asked @ units.T
    answer([[[job['ids'][i], row[i]] for i in np.lexsort((job['ids'], row))[: job['limit']]] for row in found.tolist()])
