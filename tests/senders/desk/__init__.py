"""The help desk itself. Copied beside an app when it runs: nothing here imports this project."""
