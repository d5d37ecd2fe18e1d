"""The judge on one's own machine: which models there are, how one is fetched, and the server that lets it judge."""
