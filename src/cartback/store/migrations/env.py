"""Run by Alembic, in the transaction of the connection that cartback.store.migrate gives it."""

from alembic import context

from cartback.store.migrate import VERSION_TABLE, ours
from cartback.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_object=ours,
    version_table=VERSION_TABLE,
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
