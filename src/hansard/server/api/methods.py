"""`OPTIONS` where several routes share a path: the framework would name the first method only."""

from litestar import Response, route
from litestar.handlers import HTTPRouteHandler

from hansard.server.access import PUBLIC


def allow(path: str, *methods: str) -> HTTPRouteHandler:
    """A route that says what can be done at a path."""
    told = ", ".join(sorted({*methods, "OPTIONS"}))

    @route(path, http_method=["OPTIONS"], opt={"scope": PUBLIC}, include_in_schema=False)
    async def allowed() -> Response[None]:
        return Response(None, status_code=204, headers={"Allow": told})

    return allowed
