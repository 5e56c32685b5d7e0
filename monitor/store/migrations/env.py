"""Run by Alembic, on the connection and within the transaction that `schema.bring_up_to_date` opened."""

from alembic import context

from monitor.store.tables import Table

context.configure(connection=context.config.attributes["connection"], target_metadata=Table.metadata)
context.run_migrations()
