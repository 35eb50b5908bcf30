"""Tests of ``cnncalc lint`` have a folder and a cache of their own."""

from __future__ import annotations

import pytest

from cnncalc.lint import config


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    """Tests of settings and baselines start in an empty folder, with an empty cache."""
    monkeypatch.setenv("CNNCALC_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr("cnncalc.lint.run._made", {})
    config.forget()
