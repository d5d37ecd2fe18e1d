"""What is written for us as JSON: traces, and what others say of them."""
