"""The door: OTLP and native JSON in, durable parts out, and a trace put together from its parts."""
