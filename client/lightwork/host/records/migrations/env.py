"""Run by alembic, with the connection that `migrate.upgrade` opened. Logging is left as the program has it."""

from alembic import context

from lightwork.host.records.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by making it anew
)
with context.begin_transaction():
    context.run_migrations()
