"""cnncalc."""
