"""Words that insult in one sense and are harmless in another: names, medicine, computing, animals, other languages."""
