"""Files of others: exports of tracing products as the spans that they were made of, and JSON lines of any shape."""
