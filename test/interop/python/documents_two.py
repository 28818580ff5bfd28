"""Documents of docarray 2 from JSON and to JSON."""
from typing import Any, Dict, Optional

import numpy as np
from docarray import BaseDoc, DocList
from docarray.typing import NdArray


class Match(BaseDoc):
    text: str = ''
    score: float = 0.0


class Item(BaseDoc):
    text: str = ''
    number: int = 0
    tags: Dict[str, Any] = {}
    embedding: Optional[NdArray] = None
    matches: DocList[Match] = DocList[Match]()


def make(docs):
    return DocList[Item]([
        Item(**{**doc, 'embedding': None if 'embedding' not in doc else np.array(doc['embedding'], dtype='<f4')}) for doc in docs
    ])


def tell(doc):
    told = {}
    for field in doc.__fields__:
        value = getattr(doc, field)
        if isinstance(value, np.ndarray):
            value = {'dtype': value.dtype.str, 'values': value.tolist()}
        elif isinstance(value, DocList):
            value = [tell(inner) for inner in value]
        told[field] = value
    return told
