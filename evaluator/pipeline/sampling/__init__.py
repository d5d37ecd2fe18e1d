"""What is scored: decisions with their probabilities, and what rates shrink by under load or for want of money."""
