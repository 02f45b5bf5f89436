"""What alembic runs for every step, with the connection that `callrouter.db.schema` gives it."""

from alembic import context

from callrouter.db.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
