"""The stages, each a plain function that reads what the stage before it stored and writes its own rows."""
