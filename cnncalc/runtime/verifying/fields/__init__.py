"""Receptive fields as they are shown, measured on the layers of the module itself.

``longer`` gives the network the longest input that its layers take, so that fields end before any border; ``marking`` runs
it with rows that are not numbers; ``figures`` reads off what outputs see; ``endless`` does that for every layer, and
``scatter`` for the effective field. What knows the size of its input is looked at within the image (``bordered``).
``claims`` holds all of it against what is shown. Called by ``verify`` only.
"""
