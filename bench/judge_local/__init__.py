"""What the judge on one's own machine is worth: how well it tells, how steady it is, and what its fence keeps out."""
