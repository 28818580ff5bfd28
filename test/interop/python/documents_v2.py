"""Documents of docarray v2 from JSON and to JSON."""
import base64
from typing import Any, Dict, List, Literal, Optional, Union

import numpy as np
from docarray import BaseDoc, DocList
from docarray.documents import ImageDoc, TextDoc
from docarray.documents.legacy import LegacyDocument
from docarray.typing import AnyTensor, ImageUrl, NdArray


class Match(BaseDoc):
    text: str = ''
    score: float = 0.0


class Item(BaseDoc):
    text: str = ''
    number: int = 0
    tags: Dict[str, Any] = {}
    embedding: Optional[NdArray] = None
    matches: DocList[Match] = DocList[Match]()


class Inner(BaseDoc):
    count: int = 3
    vector: Optional[NdArray[3]] = None


class Kinds(BaseDoc):
    """A field of every kind."""

    title: str = ''
    price: float = 1.5
    number: Optional[int] = None
    is_new: bool = False
    raw: bytes = b''
    tags: Dict[str, Any] = {}
    counts: Dict[str, int] = {}
    names: List[str] = []
    weights: List[float] = []
    table: List[List[float]] = []
    vector: Optional[NdArray] = None
    matrix: Optional[NdArray[2, 3]] = None
    tensor: Optional[AnyTensor] = None
    url: Optional[ImageUrl] = None
    inner: Optional[Inner] = None
    inners: DocList[Inner] = DocList[Inner]()
    either: Union[int, str] = 0
    anything: Any = None
    letter: Literal['a', 'b'] = 'a'


class Seen(Kinds):
    seen: str = ''


class Odd(BaseDoc):
    """Names that requests have for other things."""

    docs: str = ''
    data: List[int] = []
    header: Dict[str, str] = {}
    type: str = ''
    parameters: float = 0.0


class Raw(BaseDoc):
    text: str


class Counted(BaseDoc):
    text: str
    letters: int


class Judged(BaseDoc):
    verdict: str
    is_long: bool


class Hit(BaseDoc):
    title: str = ''
    price: float = 0.0
    scores: Dict[str, float] = {}
    embedding: Optional[NdArray] = None


class Product(BaseDoc):
    """What a user of an index would store; `matches` are what is found."""

    title: str = ''
    price: float = 0.0
    embedding: Optional[NdArray] = None
    matches: DocList[Hit] = DocList[Hit]()


TYPES = {
    each.__name__: each
    for each in (Item, Kinds, Seen, Odd, Raw, Counted, Judged, Product, TextDoc, ImageDoc, LegacyDocument)
}


def make(docs, name='Item'):
    return DocList[TYPES[name]]([TYPES[name](**{key: revive(value) for key, value in doc.items()}) for doc in docs])


def revive(value):
    """Arrays and bytes, for which JSON has no form."""
    if isinstance(value, list):
        return [revive(item) for item in value]
    if not isinstance(value, dict):
        return value
    if 'dtype' in value:
        return np.array(value['values'], dtype=value['dtype']).reshape(value.get('shape', np.shape(value['values'])))
    if 'base64' in value:
        return base64.b64decode(value['base64'])
    return {key: revive(item) for key, item in value.items()}


def tell(value):
    """A float is told as text: JavaScript would read 1.0 as 1."""
    if isinstance(value, BaseDoc):
        return {field: tell(getattr(value, field)) for field in value.__fields__}
    if isinstance(value, np.ndarray):
        return {'dtype': value.dtype.str, 'shape': list(value.shape), 'values': tell(value.tolist())}
    if isinstance(value, (DocList, list, tuple)):
        return [tell(item) for item in value]
    if isinstance(value, dict):
        return {key: tell(value[key]) for key in sorted(value)}
    if isinstance(value, bytes):
        return {'base64': base64.b64encode(value).decode()}
    return f'float {value!r}' if isinstance(value, float) else value
