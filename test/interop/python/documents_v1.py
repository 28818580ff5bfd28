"""Documents of docarray v1 from JSON and to JSON."""
import base64

import numpy as np
import scipy.sparse
from docarray import Document, DocumentArray

PLAIN = ['id', 'parent_id', 'granularity', 'adjacency', 'text', 'weight', 'uri', 'modality', 'mime_type', 'offset', 'location', 'tags']
SPARSE = {'csr': scipy.sparse.csr_matrix, 'coo': scipy.sparse.coo_matrix, 'csc': scipy.sparse.csc_matrix, 'bsr': scipy.sparse.bsr_matrix}


def make(docs):
    return DocumentArray([make_one(doc) for doc in docs])


def make_one(spec):
    doc = Document(**{key: value for key, value in spec.items() if key in PLAIN})
    if 'blob' in spec:
        doc.blob = base64.b64decode(spec['blob'])
    for field in ('embedding', 'tensor'):
        if field in spec:
            setattr(doc, field, make_array(spec[field]))
    for name, value in spec.get('scores', {}).items():
        doc.scores[name].value = value
    for nested in ('chunks', 'matches'):
        if nested in spec:
            setattr(doc, nested, make(spec[nested]))
    return doc


def make_array(spec):
    dense = np.array(spec['values'], dtype=spec.get('dtype', '<f4'))
    if 'sparse' not in spec:
        return dense
    if 'columns' not in spec:
        return SPARSE[spec['sparse']](dense)
    rows = np.zeros(len(spec['columns']), dtype=int)
    return SPARSE[spec['sparse']]((dense, (rows, spec['columns'])), shape=(1, spec['dimensions']))


def tell(doc):
    told = {}
    for field in PLAIN:
        value = getattr(doc, field)
        if value not in (None, '', {}, [], 0, 0.0):
            told[field] = value
    if doc.blob:
        told['blob'] = base64.b64encode(doc.blob).decode()
    for field in ('embedding', 'tensor'):
        value = getattr(doc, field)
        if value is not None:
            told[field] = tell_array(value)
    for field in ('scores', 'evaluations'):
        named = getattr(doc, field)
        if named:
            told[field] = {name: {'value': score.value, 'op_name': score.op_name} for name, score in named.items()}
    for nested in ('chunks', 'matches'):
        docs = getattr(doc, nested)
        if len(docs) > 0:
            told[nested] = [tell(inner) for inner in docs]
    return told


def tell_array(value):
    if scipy.sparse.issparse(value):
        coo = value.tocoo()
        places = sorted(zip(coo.row.tolist(), coo.col.tolist(), coo.data.tolist()))
        return {'class': type(value).__name__, 'dtype': value.dtype.str, 'shape': list(value.shape), 'places': places}
    array = np.asarray(value)
    return {'class': type(value).__name__, 'dtype': array.dtype.str, 'shape': list(array.shape), 'values': array.tolist()}
