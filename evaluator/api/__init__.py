"""The HTTP API: thin routes over pipeline and store. Never imports torch."""
