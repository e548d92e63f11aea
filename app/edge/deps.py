"""What endpoints may ask for."""

from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.reads import Reader
from app.core.storage import Storage
from app.edge.cookies import device_cookie
from app.edge.identity import client_address, identify
from app.features.accounts.sessions import Caller


async def _session(request: Request) -> Session:
    session: Session = request.state.session
    return session


async def _reader(request: Request) -> Reader:
    reader: Reader = request.state.runtime.reader
    return reader


async def _storage(request: Request) -> Storage:
    storage: Storage = request.state.runtime.storage
    return storage


async def _actor(request: Request) -> Actor:
    return (await identify(request)).actor


async def _caller(request: Request) -> Caller:
    return Caller(
        address=client_address(request),
        user_agent=request.headers.get("user-agent", ""),
        device=request.cookies.get(device_cookie()),
    )


# These are coroutines, small as they are: FastAPI would send a function to another thread.
# The transaction of an unsafe request: opened by its route, committed before the answer leaves.
Tx = Annotated[Session, Depends(_session)]
Reads = Annotated[Reader, Depends(_reader)]
CurrentActor = Annotated[Actor, Depends(_actor)]
Files = Annotated[Storage, Depends(_storage)]
CurrentCaller = Annotated[Caller, Depends(_caller)]
