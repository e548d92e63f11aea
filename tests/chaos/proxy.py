"""A network that fails at the worst moment: the request arrives, the answer does not."""

import contextlib
import socket
import threading
from collections.abc import Iterator

SECONDS = 15
_CHUNK = 65_536


class CuttingProxy:
    """Hands each connection's request on, waits for the first byte of the answer, and hangs up."""

    def __init__(self, upstream_port: int) -> None:
        self.cuts = 0
        self._upstream_port = upstream_port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, name="cutting proxy")

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:  # closed: the test is over
                return
            with connection:
                self._carry_and_cut(connection)

    def _carry_and_cut(self, client: socket.socket) -> None:
        client.settimeout(SECONDS)
        request = client.recv(_CHUNK)
        while not _is_whole(request):
            request += client.recv(_CHUNK)
        upstream = socket.create_connection(("127.0.0.1", self._upstream_port), timeout=SECONDS)
        with upstream:
            upstream.sendall(request)
            if upstream.recv(1):  # the answer has begun to leave: the commit is done
                self.cuts += 1

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(SECONDS)


def _is_whole(request: bytes) -> bool:
    head, separator, body = request.partition(b"\r\n\r\n")
    if not separator:
        return False
    lengths = [
        int(line.split(b":")[1])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    ]
    return len(body) >= (lengths[0] if lengths else 0)


@contextlib.contextmanager
def cutting(upstream_port: int) -> Iterator[CuttingProxy]:
    proxy = CuttingProxy(upstream_port)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.close()
