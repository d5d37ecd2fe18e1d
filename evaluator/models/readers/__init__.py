"""What reads a text with the encoder: detectors, classifiers, alignment."""
