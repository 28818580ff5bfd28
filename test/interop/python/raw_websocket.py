"""Bytes over WebSocket without Jina's client."""
import asyncio

import aiohttp


def talk(job, answer):
    """Sends payloads (hex), each after the one before, and counts what comes back until the server closes; `vanish` goes at once."""
    answer(asyncio.run(asyncio.wait_for(exchange(job), 10)))


async def exchange(job):
    url = f"ws://127.0.0.1:{job['port']}{job.get('path', '/')}"
    async with aiohttp.ClientSession() as session, session.ws_connect(url, protocols=('bytes',)) as socket:
        for payload in job['payloads']:
            await socket.send_bytes(bytes.fromhex(payload))
        if job.get('vanish'):
            socket._response.connection.transport.abort()
            return {'count': 0}
        count = 0
        while True:
            message = await socket.receive()
            if message.type != aiohttp.WSMsgType.BINARY:
                return {'count': count, 'code': socket.close_code}
            count += 1
            if job.get('path') == '/dry_run':
                return {'count': count}
