"""What tests share: parts that are real, traffic that is made up, and a house to put it in."""
