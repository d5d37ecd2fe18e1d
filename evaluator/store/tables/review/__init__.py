"""Tables of what people say of answers."""
