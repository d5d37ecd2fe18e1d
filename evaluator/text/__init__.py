"""Text without networks: sentences, windows, lexical support, and the answer score made from them."""
