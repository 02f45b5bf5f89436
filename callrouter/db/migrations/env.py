"""What alembic runs for every step, with the connection that `callrouter.db.schema` gives it."""

from alembic import context

from callrouter.db.configuration_tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
