"""Run by Alembic, on the connection and in the transaction that `catalogue_version` hands over."""

from alembic import context

from ingestion.catalogue_schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
context.run_migrations()
