"""Where everything is kept: SQLite embedded, PostgreSQL at scale. The only room that speaks SQL."""
