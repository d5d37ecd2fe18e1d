"""Clients of providers: one transport, three protocols, and what keeps calls from harm to others and to us."""
