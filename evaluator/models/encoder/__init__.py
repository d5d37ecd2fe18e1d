"""The one small encoder that all bundled models stand on, and how it is run."""
