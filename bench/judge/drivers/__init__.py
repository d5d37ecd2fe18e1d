"""One program a library, run by the Python of an environment in which that library is installed."""
