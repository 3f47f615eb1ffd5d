"""What all routes of a running application share."""

from dataclasses import dataclass
from typing import Any

from litestar.connection import ASGIConnection

from hansard.jobs.threads import Threads
from hansard.jobs.tracing import Tracer
from hansard.server.forecast import Forecast
from hansard.server.metrics import Metrics
from hansard.server.rates import Rates
from hansard.server.results import Results
from hansard.server.service import Service
from hansard.server.sessions import Sessions
from hansard.server.together import Together
from hansard.server.uploads import Gate


@dataclass(frozen=True, slots=True)
class Desk:
    """One for each application; it lies in `app.state.desk`."""

    service: Service
    quick: Threads
    """For the ledger, the store's small objects and the keys: calls of a millisecond."""
    looks: Together
    """For looks at the ledger that many make at once."""
    slow: Threads
    """For upload writes, probing and rendering, so that they cannot keep the others waiting."""
    sessions: Sessions
    rates: Rates
    gate: Gate
    metrics: Metrics
    forecast: Forecast
    results: Results
    tracer: Tracer


def desk_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Desk:
    """The desk of the application that a request came to."""
    desk: Desk = connection.app.state.desk
    return desk
