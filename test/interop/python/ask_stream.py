"""What a stock client gets of a streaming endpoint, as JSON."""
import asyncio
import time

from ask import V2, client_of, tell

if V2:
    from streams_v2 import Prompt, Token
else:
    from docarray import Document


def stream(job, answer):
    answer(asyncio.run(read(job)))


async def read(job):
    """`take` is after how many documents the client stops; `await` an endpoint that tells, once the executor knows of it, a place other than 0."""
    got = await ask(job)
    if 'await' in job:
        told = {'got': []}
        until = time.monotonic() + 10
        while time.monotonic() < until and not any(doc['place'] for doc in told['got']):
            told = await ask({**job, 'endpoint': job['await'], 'take': None})
        got['ended'] = told
    return got


async def ask(job):
    got = []
    inputs, options = (Prompt(**job['doc']), {'return_type': Token}) if V2 else (Document(**job['doc']), {})
    job = {**job, 'client': {'asyncio': True}}
    try:
        async for doc in client_of(job).stream_doc(on=job['endpoint'], inputs=inputs, parameters=job.get('parameters'), **options):
            got.append(tell(doc))
            if len(got) == job.get('take'):
                break
    except Exception as error:
        return {'got': got, 'raised': type(error).__name__}
    return {'got': got}
