"""Files: JSON lines, ours and of any shape, and exports of tracing products as the spans that they were made of."""
