"""What is kept beyond a request, in SQLite or PostgreSQL: one engine, one schema, one module for each thing kept."""
