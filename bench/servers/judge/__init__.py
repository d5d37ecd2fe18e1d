"""A stand-in for providers of language models: it speaks their protocols over real HTTP, misbehaves on a seed, and
keeps its own log of what it charged."""
