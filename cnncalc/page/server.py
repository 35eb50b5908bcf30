"""The editor's page with this Python behind it: for this computer only, for who has the token only."""

from __future__ import annotations

import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cnncalc.diagnostics import UsageError
from cnncalc.page.files import text_of
from cnncalc.page.question import examples
from cnncalc.page.worker import Worker

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

FILES = {
    "report.css": "text/css", "editor.css": "text/css", "network.js": "text/javascript", "backend.js": "text/javascript",
    "editor.js": "text/javascript",
}  # fmt: skip
"""What the page loads, and what it is."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
LARGEST = 2_000_000
"""Bytes of a question."""


def application(token: str, port: int, file: Path | None = None, worker: Worker | None = None) -> Guard:
    """The server.

    Args:
        token: what every question must carry.
        port: where it listens: other names of a host, and pages from elsewhere, are refused.
        file: a spec that the page follows.
        worker: what answers.
    """
    answers = _Answers(token, file, worker or Worker())
    routes = [
        Route("/", answers.page),
        Route("/answer", answers.answer, methods=["POST"]),
        Route("/examples", answers.examples),
        Route("/file", answers.followed),
        *(Route(f"/{name}", _asset(name, kind)) for name, kind in FILES.items()),
    ]
    return Guard(Starlette(routes=routes, lifespan=answers.life), port)


_Serve = Callable[["_Answers", Request], Awaitable[Response]]


def _guarded(serve: _Serve) -> _Serve:
    """Only for who has the token."""

    async def checked(self: _Answers, request: Request) -> Response:
        given = request.headers.get("x-cnncalc-token") or request.query_params.get("token", "")
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            return PlainTextResponse("the token is missing or wrong: open the address that cnncalc serve printed", 403)
        return await serve(self, request)

    return checked


class _Answers:
    """What the page asks, one method each."""

    def __init__(self, token: str, file: Path | None, worker: Worker) -> None:
        self.token = token
        self.file = file
        self.worker = worker

    @asynccontextmanager
    async def life(self, _app: Starlette) -> AsyncIterator[None]:
        yield
        self.worker.close()

    @_guarded
    async def page(self, _request: Request) -> Response:
        return Response(text_of("editor.html"), media_type="text/html")

    @_guarded
    async def answer(self, request: Request) -> Response:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > LARGEST:
                return PlainTextResponse(f"a question has at most {LARGEST:,} bytes", 413)
        try:
            return _json(await run_in_threadpool(self.worker.ask, body.decode()))
        except UsageError as error:
            return PlainTextResponse(str(error), 503)

    @_guarded
    async def examples(self, _request: Request) -> Response:
        return _json(examples())

    @_guarded
    async def followed(self, request: Request) -> Response:
        return _json(json.dumps(_state(self.file, request.query_params.get("seen", ""))))


def _json(text: str) -> Response:
    return Response(text, media_type="application/json")


def _asset(name: str, kind: str) -> Callable[[Request], Awaitable[Response]]:
    async def asset(_request: Request) -> Response:
        return Response(text_of(name), media_type=kind)

    return asset


def _state(file: Path | None, seen: str) -> dict[str, str]:
    """The followed file, if it is another than was seen; nothing without one."""
    if file is None:
        return {}
    try:
        version = str(file.stat().st_mtime_ns)
        return {"version": version} if version == seen else {"version": version, "text": file.read_text("utf-8")}
    except (OSError, UnicodeDecodeError):
        return {"version": seen}  # being written, or gone for now


class Guard:
    """Refuses requests under another name of the host (rebinding) and from pages of others; says what the page may do."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        """Before an application that listens on a port of this computer."""
        self.app = app
        self.hosts = {f"{name}:{port}".encode() for name in ("127.0.0.1", "localhost")}
        self.origins = {b"http://" + host for host in self.hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if headers.get(b"host") not in self.hosts:
            await PlainTextResponse("this server answers on this computer only", 403)(scope, receive, send)
            return
        if headers.get(b"origin", next(iter(self.origins))) not in self.origins:
            await PlainTextResponse("pages from elsewhere are not answered", 403)(scope, receive, send)
            return

        async def sending(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS]  # type: ignore[misc]
            await send(message)

        await self.app(scope, receive, sending)  # type: ignore[arg-type]


_HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
