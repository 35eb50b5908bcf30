"""The linter: rules over analysed networks, each proven, each with its place, its numbers and what to do."""
