"""What the queue costs, and how far workers add up."""
