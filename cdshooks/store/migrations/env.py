"""Runs the steps on the connection that ``store.engine.migrate`` gives."""

from __future__ import annotations

from alembic import context

from cdshooks.store.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
