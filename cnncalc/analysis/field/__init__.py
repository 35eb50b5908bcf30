"""What an output can see: positions carried through layers, forward as receptive fields, backward as what is read.

``pixels`` are sets of positions on an axis, ``positions`` what outputs see through the maps of layers; ``seen`` is what a value sees
of an input, ``steps``, ``operands``, ``folds`` and ``joins`` carry it through a layer, ``receptive_field`` through the graph, and
``figures`` makes numbers of it. ``reading`` goes the other way, from outputs to what they read.
"""
