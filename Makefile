# Everything a newcomer needs: `make demo`, `make install`, `make test`, `make check`. Each installs what it lacks.
PYTHON ?= python3
BIN := .venv/bin
# The folder that loyalty.yaml names; truths.json is what `loyalty sample` writes last.
DEMO := demo
AS_OF := 2024-12-31

SIZE := S

.PHONY: demo test check docs soak bench format lock install programs clean

demo: install
	@test -f $(DEMO)/truths.json || $(BIN)/loyalty sample $(DEMO)
	$(BIN)/loyalty run --as-of $(AS_OF)
	@$(BIN)/loyalty status
	@echo
	@echo "The tables are in $(DEMO)/.loyalty/publish/current: loyalty.duckdb, and one Parquet file per mart in marts/."
	@echo "The page of the same numbers, to open in a browser: $(DEMO)/.loyalty/publish/current/report.html"
	@echo "Next: $(BIN)/loyalty ui                 shows the runs and the assets"
	@echo "      $(CURDIR)/$(BIN)/loyalty init YOUR_FILES    in a folder of your own writes a loyalty.yaml for your data"

# Spark's tests share one server and one build: two workers would start and build twice.
test: install programs
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not soak" --ignore tests/spark
	$(BIN)/python -m pytest tests/spark -m "not soak"

soak: install programs
	$(BIN)/python -m pytest -n 2 -m soak

# SIZE is S, M or L: 100 thousand, 1 million or 10 million orders. Writes docs/performance.md.
bench: install
	$(BIN)/python -m benchmarks --size $(SIZE)

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --processes 2 dbt_project/models dbt_project/tests
	cd dbt_project && LOYALTY_WAREHOUSE=:memory: ../$(BIN)/dbt --quiet parse --profiles-dir . --target-path ../.cache/dbt --log-path ../.cache/dbt
	$(BIN)/python .ci/audit.py requirements.lock

# The pages as a site, in site/: it asks the network for nothing, neither here nor when it is read.
docs: install
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "The documentation is in site/index.html."

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

install: .venv/installed

# What the tests need beside Python's packages.
programs:
	@.ci/programs

# The stamp is newer than the lock where the environment holds what the lock says. uv, at the lock's own version, installs
# in a tenth of pip's time. Compiling at once spares every later process seconds of it, also where Python may not.
.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	@echo "Installing the locked requirements ..."
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > .venv/uv.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement .venv/uv.lock
	@$(BIN)/uv pip install --quiet --python .venv --compile-bytecode --require-hashes --requirement requirements.lock
	@$(BIN)/uv pip install --quiet --python .venv --no-deps --no-build-isolation --editable .
	@touch .venv/installed
	@echo "Installed: $(CURDIR)/$(BIN)/loyalty"

lock:
	$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 --generate-hashes \
		--no-strip-extras --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra postgres-storage --group image --universal --python-version 3.11 \
		--constraint requirements.lock --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
		--no-strip-extras --quiet --output-file deployment/requirements.lock

clean:
	rm -rf .venv .cache site $(DEMO)
