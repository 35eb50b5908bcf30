"""The numbers of published networks, as a table that comes with the program.

``table`` reads it, ``where`` chooses rows by a condition, ``near`` finds those nearest to a network, ``figures`` are the figures of a row.
"""
