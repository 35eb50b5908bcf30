"""What ``verify`` holds against the module, each kind of figure in a file of its own.

``bench`` holds the network, its analysis and its module; ``weights``, ``values``, ``windows``, ``backward``, ``peaks`` and
``fields`` write claims down on it. What is predicted always comes from the rows and totals that users are shown, what is
measured from the module that runs. ``held`` says which claims hold which figure.
"""
