PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: help demo setup test check package site bundle bench coverage clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.light  ## install the light package and analyse AlexNet
	$(BIN)/cnncalc analyze specs/alexnet.yaml

setup: $(VENV)/.full  ## install everything for development, torch included

test: $(VENV)/.full  ## install the rest and run the whole suite, checks included
	$(MAKE) --no-print-directory check
	@command -v chromium > /dev/null || echo "no chromium: the tests of pages in a browser are left out"
	@command -v npm > /dev/null || echo "no npm: the page with Python in the browser is neither built nor tested"
	$(BIN)/pytest -n 2 --dist loadgroup --durations 20

check: $(VENV)/.full  ## lint, types, import contracts, generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m docs.generate --check

package: $(VENV)/.full  ## build wheel and sdist, install each in an environment of its own, try it there
	rm -rf dist
	$(BIN)/python -m build --quiet
	for built in dist/*.whl dist/*.tar.gz; do benchmarks/try_package $(PYTHON) $$built || exit 1; done

site: $(VENV)/.full  ## build page and documentation into the folder site, which any web server can serve
	$(BIN)/python -m docs.site site

bundle:  ## make the page's editor, cnncalc/page/codemirror.js, of the packages that web/package-lock.json fixes
	cd web && npm ci --ignore-scripts --silent && npm run --silent bundle

bench: $(VENV)/.full  ## measure speed and memory beside peers and floors, into benchmarks/results.json
	$(BIN)/python benchmarks/run.py

coverage: $(VENV)/.full  ## which lines and branches of spec, network, layers and analysis the tests about them reach
	$(BIN)/coverage run -m pytest -p no:xdist tests/analysis tests/conformance tests/layers tests/messages tests/network tests/spec
	$(BIN)/coverage report

clean:  ## remove the virtual environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/.light: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable .
	touch $@

$(VENV)/.full: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable ".[dev]"
	$(BIN)/pip install --quiet --no-deps ultralytics==8.4.190  # its model files are read in tests; nothing of it is imported
	$(BIN)/pip install --quiet --no-deps torchvision==0.28.0 timm==1.0.31  # networks for tests; with their needs they bring another torch
	touch $@ $(VENV)/.light
