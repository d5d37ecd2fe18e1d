"""How judges do: what each is asked, what it has said, what that cost, and how far it can be relied on."""
