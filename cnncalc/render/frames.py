"""Data frames of pandas and polars: the rows and columns of the CSV table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.extras import need
from cnncalc.render.csv import records

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from cnncalc.analysis.result import Analysis

_LARGEST = 2**63 - 1


def pandas(analysis: Analysis) -> pd.DataFrame:
    """One row per layer; an unknown is missing, and whole numbers stay whole beside it.

    Raises:
        MissingExtraError: pandas is not installed.
    """
    need("pandas", "to_pandas", "pandas")
    import pandas as pd

    return pd.DataFrame(records(analysis)).convert_dtypes()


def polars(analysis: Analysis) -> pl.DataFrame:
    """One row per layer; an unknown is null.

    Raises:
        MissingExtraError: polars is not installed.
    """
    need("polars", "to_polars", "polars")
    import polars as pl

    rows = records(analysis)
    large = {name: pl.Int128 for row in rows for name, value in row.items() if _is_large(value)}
    return pl.DataFrame(rows, schema_overrides=large, infer_schema_length=None)


def _is_large(value: Any) -> bool:
    return isinstance(value, int) and value > _LARGEST
