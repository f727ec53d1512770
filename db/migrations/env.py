"""Alembic's entry: runs the migrations on the connection that db.migrate hands over."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    transactional_ddl=False,  # db.migrate holds the one transaction around everything
)
context.run_migrations()
