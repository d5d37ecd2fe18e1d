"""The embedded mode: control stages on a thread, scoring in a spawned process, no broker."""
