"""Ultralytics model YAML to a spec: a list of rows ``[from, repeats, module, arguments]`` and scales of depth and width.

``rows`` reads the file, ``modules`` says what each row becomes, ``blocks`` holds the modules themselves as blocks of the
format, and ``writer`` puts the spec together; the scales of the file become variants.
"""

from cnncalc.convert.ultralytics.writer import convert

__all__ = ["convert"]
