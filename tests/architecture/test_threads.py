"""What a request needs is worked out where the request is: handing it to a thread costs a lot."""

import inspect
from collections.abc import Iterator

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from app import api, web
from app.main import routers

ROUTES = [
    route
    for front in (api, web)
    for router in routers(front)
    for route in router.routes
    if isinstance(route, APIRoute)
]


def _calls(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for further in dependant.dependencies:
        yield from _calls(further)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.path} {route.name}")
def test_endpoints_and_what_they_ask_for_are_coroutines(route: APIRoute) -> None:
    sent_away = [call for call in _calls(route.dependant) if not inspect.iscoroutinefunction(call)]

    assert not sent_away
