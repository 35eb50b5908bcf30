"""What ``cnncalc lint`` does: gather the texts, fix them, leave out what is accepted, say what was found."""
