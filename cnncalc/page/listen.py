"""Listening on a port of this computer until interrupted."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import uvicorn

from cnncalc.diagnostics import UsageError
from cnncalc.page.server import application

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOST = "127.0.0.1"


def listen(token: str, port: int, file: Path | None, announce: Callable[[str], None]) -> None:
    """Serve the page; ``announce`` gets its address once it can be opened.

    Raises:
        UsageError: the port is taken.
    """
    place = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        place.bind((HOST, port))
    except OSError as error:
        place.close()
        raise UsageError(f"cannot listen on {HOST}:{port}: {error.strerror}") from None
    place.listen()
    found = place.getsockname()[1]
    config = uvicorn.Config(application(token, found, file), log_level="warning", access_log=False, server_header=False)
    announce(f"http://{HOST}:{found}/?token={token}")
    try:
        uvicorn.Server(config).run(sockets=[place])
    except KeyboardInterrupt:
        pass
    finally:
        place.close()
