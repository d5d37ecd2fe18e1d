"""How PostgreSQL runs each hot statement."""
