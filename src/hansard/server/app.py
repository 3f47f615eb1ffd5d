"""The application: routes, access, errors and life span, joined.

Routes come from `hansard.server.api`, each module with a tuple `ROUTES`.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, cast

from litestar import Litestar

from hansard.errors import HansardError
from hansard.jobs.threads import Threads
from hansard.jobs.tracing import Tracer
from hansard.server import health, openapi
from hansard.server.access import check_access
from hansard.server.api import (
    events,
    files,
    login,
    models,
    openai,
    process,
    process_text,
    tasks,
    templates,
    whisper,
)
from hansard.server.desk import Desk
from hansard.server.failures import HANDLERS
from hansard.server.forecast import Forecast
from hansard.server.front import Front
from hansard.server.metrics import Metrics
from hansard.server.openapi import openapi_config
from hansard.server.protocol import allow_many_files
from hansard.server.rates import Rates
from hansard.server.results import Results
from hansard.server.service import Service
from hansard.server.sessions import Sessions
from hansard.server.together import Together
from hansard.server.uploads import Gate

if TYPE_CHECKING:
    from litestar.types import ASGIApp

logger = logging.getLogger(__name__)

ROUTES = (
    *process.ROUTES,
    *process_text.ROUTES,
    *tasks.ROUTES,
    *events.ROUTES,
    *files.ROUTES,
    *whisper.ROUTES,
    *openai.ROUTES,
    *models.ROUTES,
    *templates.ROUTES,
    *login.ROUTES,
    *health.ROUTES,
    *openapi.ROUTES,
)


def make_app(service: Service) -> Litestar:
    """The ASGI application of a service; it reads nothing from the environment.

    `trace_to` is where traces go, if anywhere: a collector that takes OTLP over HTTP.

    Raises:
        MissingExtraError: traces shall go somewhere, and OpenTelemetry is not installed.
    """
    desk = make_desk(service, Tracer(service.options.otlp_endpoint, version=version("hansard")))
    app = Litestar(
        route_handlers=ROUTES,
        guards=[check_access],
        exception_handlers=HANDLERS,
        lifespan=[alive],
        logging_config=None,
        openapi_config=openapi_config(),
        request_max_body_size=None,
    )
    app.state.desk = desk
    app.asgi_handler = cast("ASGIApp", Front(app.asgi_handler, desk.metrics, desk.tracer))
    return app


def make_desk(service: Service, tracer: Tracer) -> Desk:
    """What the routes share."""
    quick = Threads("quick", 16)
    return Desk(
        service=service,
        quick=quick,
        looks=Together(quick),
        slow=Threads("slow", 8),
        sessions=Sessions(),
        rates=Rates(service.options.rate_limit),
        gate=Gate(service.options.max_uploads),
        metrics=Metrics(),
        forecast=Forecast(service.ledger),
        results=Results(service.ledger, service.store),
        tracer=tracer,
    )


@asynccontextmanager
async def alive(app: Litestar) -> AsyncIterator[None]:
    """Pass rings on while the application runs, and have the media child ready before it is due."""
    desk: Desk = app.state.desk
    allow_many_files()
    tasks = [asyncio.create_task(watch(desk)), asyncio.create_task(warm(desk))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(close, desk)


async def watch(desk: Desk) -> None:
    """Pass rings on; those who wait look for themselves once a second, should this ever fail."""
    try:
        await desk.service.watch.run()
    except Exception:
        logger.exception("the bell is broken; news comes a second late from now on")


async def warm(desk: Desk) -> None:
    """Start what probes uploads; should that fail, the first upload tries again."""
    try:
        await desk.service.media.start()
    except HansardError as error:
        logger.warning("foreign media cannot be read yet: %s", error)


def close(desk: Desk) -> None:
    """End the threads, and export the last spans."""
    desk.quick.close()
    desk.slow.close()
    desk.tracer.close()
