"""How near the engine comes to the machine."""
