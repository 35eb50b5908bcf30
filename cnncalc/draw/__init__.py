"""Pictures of networks: geometry from the facts of layers, marks from geometry, SVG from marks. No analysis of its own."""
