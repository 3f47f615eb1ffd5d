"""`GET /login/{ticket}`: a browser logs in with the address that was shown at the first start."""

from typing import Any

from litestar import Request, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath
from litestar.response import Redirect

from hansard.errors import KeyNeededError
from hansard.server.access import PUBLIC, refuse_foreign_page
from hansard.server.desk import desk_of
from hansard.server.sessions import COOKIE, SESSION_LIFE

UNKEPT = {"Cache-Control": "no-store"}


@get("/login/{ticket:str}", opt={"scope": PUBLIC}, include_in_schema=False, status_code=303)
async def login(ticket: FromPath[str], request: Request[Any, Any, Any]) -> Redirect:
    """Each ticket works once, and not for long."""
    value = desk_of(request).sessions.redeem(ticket)
    if value is None:
        raise KeyNeededError(
            "this login address was used, or is too old", hint="start the service anew for another"
        )
    cookie = Cookie(
        key=COOKIE,
        value=value,
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.scope.get("scheme") == "https",
        max_age=int(SESSION_LIFE),
    )
    return Redirect("/docs", status_code=303, headers=UNKEPT, cookies=[cookie])


@post("/logout", opt={"scope": PUBLIC}, include_in_schema=False, status_code=303)
async def logout(request: Request[Any, Any, Any]) -> Redirect:
    """End this browser's session."""
    refuse_foreign_page(request, needed=True)
    desk_of(request).sessions.end(request.cookies.get(COOKIE, ""))
    gone = Cookie(key=COOKIE, value="", path="/", max_age=0, httponly=True, samesite="strict")
    return Redirect("/docs", status_code=303, headers=UNKEPT, cookies=[gone])


ROUTES = (login, logout)
