"""All queries, one file a subject. A repository works on the connection of a unit of work and never commits."""
