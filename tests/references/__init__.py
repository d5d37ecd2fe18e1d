"""What other people's packages make of the same numbers: values that are kept, and the script that makes them."""
