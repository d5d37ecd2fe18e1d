"""What language models are asked when they judge, how their replies are read, and the clients that reach them."""
