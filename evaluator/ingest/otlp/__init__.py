"""OTLP: requests of spans and of log records, in both encodings, into parts."""
