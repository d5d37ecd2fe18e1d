"""Where the files of models lie, and whether they are what they should be."""
