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

from cnncalc.diagnostics import CnncalcError
from cnncalc.page.files import SCRIPTS, STYLES, text_of
from cnncalc.page.guard import Guard
from cnncalc.page.jobs import Jobs
from cnncalc.page.question import examples, vocabulary
from cnncalc.page.worker import CALLS, Worker

if TYPE_CHECKING:
    from pathlib import Path

FILES = {**dict.fromkeys(STYLES, "text/css"), **dict.fromkeys(SCRIPTS, "text/javascript")}
"""What the page loads, and what it is."""

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
        Route("/", answers.page()),
        *(Route(f"/{call}", answers.asked(call), methods=["POST"]) for call in CALLS),
        Route("/examples", answers.told(examples)),
        Route("/vocabulary", answers.told(vocabulary)),
        Route("/file", answers.followed()),
        Route("/measure", answers.measure(), methods=["POST"]),
        Route("/measured", answers.measured(), methods=["POST"]),
        *(Route(f"/{name}", _asset(name, kind)) for name, kind in FILES.items()),
    ]
    return Guard(Starlette(routes=routes, lifespan=answers.life), port)


_Serve = Callable[[Request], Awaitable[Response]]


class _Answers:
    """What the page asks, one method each; only for who has the token."""

    def __init__(self, token: str, file: Path | None, worker: Worker) -> None:
        self.token = token
        self.file = file
        self.worker = worker
        self.jobs = Jobs()

    @asynccontextmanager
    async def life(self, _app: Starlette) -> AsyncIterator[None]:
        yield
        self.worker.close()
        self.jobs.close()

    def guarded(self, serve: _Serve) -> _Serve:
        async def checked(request: Request) -> Response:
            given = request.headers.get("x-cnncalc-token") or request.query_params.get("token", "")
            if not hmac.compare_digest(given.encode(), self.token.encode()):
                return PlainTextResponse(
                    "the token is missing or wrong: open the address that cnncalc serve printed", 403
                )
            return await serve(request)

        return checked

    def page(self) -> _Serve:
        async def serve(_request: Request) -> Response:
            return Response(text_of("editor.html"), media_type="text/html")

        return self.guarded(serve)

    def asked(self, call: str) -> _Serve:
        """A question about a text, which the worker answers."""
        return self._answered(lambda body: self.worker.ask(body, call))

    def measure(self) -> _Serve:
        """Begins a measurement."""
        return self._answered(lambda body: json.dumps(self.jobs.start(body)))

    def measured(self) -> _Serve:
        """What there is to say of a measurement; with ``stop`` it is ended."""

        def look(body: str) -> str:
            asked = json.loads(body)
            return json.dumps(self.jobs.look(int(asked["number"]), stop=bool(asked.get("stop"))))

        return self._answered(look)

    def _answered(self, answer: Callable[[str], str]) -> _Serve:
        async def serve(request: Request) -> Response:
            body = await _body(request)
            if body is None:
                return PlainTextResponse(f"a question has at most {LARGEST:,} bytes", 413)
            try:
                return _json(await run_in_threadpool(answer, body))
            except CnncalcError as error:
                return PlainTextResponse(str(error), 503)
            except (ValueError, KeyError, TypeError, AttributeError):
                return PlainTextResponse("this is no question", 400)

        return self.guarded(serve)

    def told(self, text: Callable[[], str]) -> _Serve:
        """What is the same for every text."""

        async def serve(_request: Request) -> Response:
            return _json(text())

        return self.guarded(serve)

    def followed(self) -> _Serve:
        async def serve(request: Request) -> Response:
            return _json(json.dumps(_state(self.file, request.query_params.get("seen", ""))))

        return self.guarded(serve)


async def _body(request: Request) -> str | None:
    """What was sent; None if it is too large."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            return None
    return body.decode(errors="replace")


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
