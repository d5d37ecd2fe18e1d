"""What speakers do with a sentence beside claiming something: decline, ask, greet, offer help. A table a language."""
