"""Every route of the application, ready to be asked."""

from dataclasses import dataclass
from uuid import UUID

from fastapi.routing import APIRoute

from app.edge.csrf import SAFE
from app.main import every_route

NOBODY = "0198c1d2-0000-7000-8000-000000000000"


@dataclass(frozen=True)
class Asked:
    """A method and an address at which there is a route, though not the thing."""

    method: str
    path: str
    route: APIRoute

    @property
    def at_api(self) -> bool:
        return self.path.startswith("/api/")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _filled(path: str, route: APIRoute) -> str:
    for param in route.dependant.path_params:
        kind = param.field_info.annotation
        path = path.replace(f"{{{param.alias}}}", NOBODY if kind is UUID else "nobody")
    assert "{" not in path, path
    return path


def _every() -> list[Asked]:
    return [
        Asked(method, _filled(route.path, route), route)
        for route in every_route()
        for method in sorted(route.methods or ())
    ]


EVERY = _every()
UNSAFE = [asked for asked in EVERY if asked.method not in SAFE]
READING = [asked for asked in EVERY if asked.method == "GET"]
