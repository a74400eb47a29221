"""Alembic's environment: runs inside the transaction that ``server.database.migrate`` opened."""

from alembic import context

from server.database.metadata import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=False,  # the transaction is not Alembic's
)
context.run_migrations()
