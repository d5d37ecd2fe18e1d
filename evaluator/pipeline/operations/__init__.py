"""How the house is: what waits, what was given up, what is wrong."""
