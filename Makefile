# make ask     set up and answer a question about the articles in seeds/  (Q="..." for your own)
# make test    set up and run the tests
# make eval    set up, ask the eval suite, and fail if the answers got worse
# make check   lint, types and tests
# make pages   write docs/commands.md, docs/settings.md and docs/man/rag.1 from the code
# make bench   set up and measure everything: bench/results/README.md  (BENCH="--quick" only tries)
# make pictures  screens of real runs, as docs/images/*.svg (needs tmux)
# make lock    write constraints.txt anew from the ranges in pyproject.toml

PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
Q      ?= How many monthly users may a product have before its maker needs a licence from Meta?
BENCH  ?=
JUNIT  ?= $(VENV)/eval-junit.xml
JOBS   ?= $(shell nproc 2>/dev/null || echo 2)

export PIP_DISABLE_PIP_VERSION_CHECK = 1
export CMAKE_BUILD_PARALLEL_LEVEL = $(JOBS)

.PHONY: ask chat test eval bench check lint pages pictures lock clean

ask: $(VENV)/.ready
	@$(BIN)/rag ask "$(Q)"

chat: $(VENV)/.ready
	@$(BIN)/rag chat

test: $(VENV)/.ready-test
	$(BIN)/python -m pytest

eval: $(VENV)/.ready
	$(BIN)/rag eval --engine extractive --index $(VENV)/eval-index --gate --junit $(JUNIT)

bench: $(VENV)/.ready-bench
	$(BIN)/python -m bench $(BENCH)

check: lint test

lint: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(BIN)/pip:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ": make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: pyproject.toml constraints.txt | $(BIN)/pip
	@echo "Setting up $(VENV) (llama.cpp is compiled: about five minutes the first time)" >&2
	$(BIN)/pip install --quiet -c constraints.txt -e .
	@touch $@

$(VENV)/.ready-test: $(VENV)/.ready
	$(BIN)/pip install --quiet -c constraints.txt -e ".[test]"
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready-test
	$(BIN)/pip install --quiet -c constraints.txt -e ".[test,dev]"
	@touch $@

$(VENV)/.ready-bench: $(VENV)/.ready
	$(BIN)/pip install --quiet -c constraints.txt -e ".[bench]"
	@touch $@

pages: $(VENV)/.ready
	$(BIN)/python -m rag.cli.help.reference > docs/commands.md
	$(BIN)/python -m rag.cli.help.settings_page > docs/settings.md
	$(BIN)/python -m rag.cli.json.page > docs/json.md
	$(BIN)/python -m rag.cli.help.manual > docs/man/rag.1

pictures: $(VENV)/.ready
	$(BIN)/python docs/images/take.py

lock:
	rm -rf $(VENV)-lock
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/pip install --quiet -e ".[test,dev,bench]"
	{ echo "# Written by \`make lock\`: the whole tree, as tested."; \
	  $(VENV)-lock/bin/pip freeze --exclude-editable | sed 's/+cpu$$//' ; } > constraints.txt
	rm -rf $(VENV)-lock

clean:
	rm -rf $(VENV)
