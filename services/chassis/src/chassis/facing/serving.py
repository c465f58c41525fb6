"""An application over HTTP, served until its process is told to end."""

import asyncio
import signal
from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from granian.constants import Interfaces
from granian.server.embed import Server


async def serve_until_told(
    app: FastAPI, host: str, port: int, *, ending: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Serves until SIGTERM or SIGINT; `ending` is awaited between being told and the end of listening."""
    server = Server(app, address=host, port=port, interface=Interfaces.ASGI, log_enabled=False)
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    serving = asyncio.create_task(server.serve())
    await asyncio.wait((serving, asyncio.create_task(told.wait())), return_when=asyncio.FIRST_COMPLETED)
    if ending and not serving.done():
        await ending()
    server.stop()
    await serving
