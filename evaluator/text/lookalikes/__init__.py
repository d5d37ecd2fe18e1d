"""Words that insult in one sense and are harmless in another: names, medicine, computing, nature, other languages."""
