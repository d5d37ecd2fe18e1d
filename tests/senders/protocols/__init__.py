"""How each provider's API says the same reply: a module has PATH, `answer(request)` and `stream(request)`."""
