# ruff: noqa: INP001 - a script for containers, not a package
"""Whether a container is healthy: ``healthcheck.py web`` or ``healthcheck.py worker``.

Exit code 0 is yes. Docker calls it inside the container, with the packages of the application.
"""

import http.client
import os
import sys
from urllib.parse import urlsplit

import psycopg

_HEARTBEAT = "SELECT FROM procrastinate_workers WHERE last_heartbeat > now() - interval '1 minute'"


def web_answers() -> bool:
    """Ask the web process for its first page under the name that the outside knows."""
    connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=4)
    public = urlsplit(os.environ["KONTOR_BASE_URL"])
    connection.request("GET", "/", headers={"Host": public.netloc})
    return connection.getresponse().status < http.client.INTERNAL_SERVER_ERROR


def worker_lives() -> bool:
    """Look for a worker's sign of life in the job queue."""
    with psycopg.connect(os.environ["KONTOR_DATABASE_URL"], connect_timeout=4) as connection:
        return connection.execute(_HEARTBEAT).fetchone() is not None


if __name__ == "__main__":
    healthy = {"web": web_answers, "worker": worker_lives}[sys.argv[1]]
    sys.exit(0 if healthy() else 1)
