"""How Alembic reaches the database: one connection, one transaction, a short wait for locks."""

from alembic import context
from sqlalchemy import create_engine, text

from app.core.migrating import alembic_url, is_ours
from app.models import Base


def run() -> None:
    """Migrate the database that the configuration names."""
    engine = create_engine(alembic_url(context.config))
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = '4s'"))
        connection.execute(text("SET statement_timeout = '10min'"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_object=is_ours,
            compare_server_default=False,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
