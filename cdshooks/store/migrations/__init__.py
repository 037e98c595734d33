"""The steps that bring the schema of any earlier release up to date (Alembic)."""
