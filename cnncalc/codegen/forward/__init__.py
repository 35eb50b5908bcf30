"""Modules with a forward of their own: statements, layers, sequences, branches, repeats, and the attributes that they read."""
