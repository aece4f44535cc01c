# Everything a newcomer types. Needs Python 3.11 to 3.13 and make; the rest is installed into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
N ?= 1000000

.DEFAULT_GOAL := help
.PHONY: help install demo up down status test test-dates coverage test-graph test-citus soak lint format sbom bench docs notebooks wheel terraform-validate containers clean

help: ## Show these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## Install the pinned dependencies into .venv, and check the machine

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
		|| { echo "Python 3.11 to 3.13 is needed: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes --python $(BIN)/python requirements.lock \
		|| $(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	$(BIN)/python -m compileall -q finplatform
	-$(BIN)/finplatform doctor
	@touch $(STAMP)

demo: $(STAMP) ## Build the whole graph on a simulated bank and print what came of it
	$(BIN)/finplatform demo

up: $(STAMP) ## Start database, Dagster UI, daemon and live page (builds the demo if empty)
	$(BIN)/finplatform up

down: $(STAMP) ## Stop what `up` started
	$(BIN)/finplatform down

status: $(STAMP) ## Show servers, tables, freshness, runs and checks
	$(BIN)/finplatform status

test: $(STAMP) ## Run all tests but those that take minutes each
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not graph and not soak"

test-dates: $(STAMP) ## Run them as if today were a leap day, or the first or last of a month or year
	$(BIN)/python -m finplatform_tests.dates -n 2 --dist loadgroup -m "not graph and not soak"

coverage: $(STAMP) ## Run all tests but the slow ones with branch coverage, into build/coverage
	mkdir -p build/coverage
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not graph and not soak" \
		--cov --cov-report=term:skip-covered --cov-report=html --cov-report=xml

test-graph: $(STAMP) ## Run those that do: whole banks, killed runs, models on public data
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m graph

test-citus: $(STAMP) ## Place the tables on a Citus cluster's database: make test-citus URL=postgresql://...
	FINPLATFORM_TEST_CITUS_URL="$(URL)" $(BIN)/python -m pytest -n 0 finplatform_tests/integration/test_citus.py

soak: $(STAMP) ## Kill servers and consumers for minutes while others write; nothing may be lost
	$(BIN)/python -m pytest -n 0 -s -m soak

lint: $(STAMP) ## Check style, types, imports, SQL, licences, and that no secret is committed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy finplatform
	$(BIN)/lint-imports
	! $(BIN)/vulture | grep -v "unused variable"  # fields and members that frameworks read
	$(BIN)/sqlfluff lint dbt_project
	$(BIN)/yamllint --strict .
	$(BIN)/codespell
	$(BIN)/pip-licenses > /dev/null
	git ls-files -z -- ':!finplatform_tests' ':!requirements.lock' \
		| xargs -0 $(BIN)/detect-secrets-hook --exclude-secrets '^(password|secret)$$' \
			--disable-plugin KeywordDetector
	git ls-files -z -- finplatform_tests \
		| xargs -0 $(BIN)/detect-secrets-hook --exclude-lines '^def test_' \
			--disable-plugin KeywordDetector --disable-plugin BasicAuthDetector \
			--disable-plugin Base64HighEntropyString --disable-plugin HexHighEntropyString

format: $(STAMP) ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix dbt_project

sbom: $(STAMP) ## Write the bill of materials (CycloneDX) and the licences of all packages into build/
	mkdir -p build
	$(BIN)/cyclonedx-py environment $(VENV) --pyproject pyproject.toml --output-file build/sbom.cdx.json
	$(BIN)/pip-licenses --format csv --with-urls --output-file build/licences.csv

bench: $(STAMP) ## Compare the build with the same SQL by hand: make bench N=1000000
	$(BIN)/finplatform bench --transactions $(N)

docs: $(STAMP) ## Write the documents that come from the code, and build the site from all of them
	$(BIN)/finplatform docs --site

notebooks: $(STAMP) ## Run the notebooks on the built bank, into .finplatform/reports/notebooks
	mkdir -p .finplatform/reports/notebooks
	for one in notebooks/*.ipynb; do \
		$(BIN)/jupyter-execute $$one --output=$(CURDIR)/.finplatform/reports/notebooks/$$(basename $$one) || exit 1; \
	done

wheel: $(STAMP) ## Build the wheel into dist/, for machines without the checkout
	rm -rf build/lib
	$(BIN)/uv build --wheel --no-build-isolation --python $(BIN)/python --out-dir dist .

terraform-validate: ## Ask Terraform whether the infrastructure is valid (needs it and its registry)
	terraform -chdir=deploy/terraform/aws fmt -check -recursive
	terraform -chdir=deploy/terraform/aws init -backend=false -input=false
	terraform -chdir=deploy/terraform/aws validate

containers: ## Build and start the platform in containers, on a simulated bank
	deploy/secrets.sh
	docker compose -f deploy/compose.yaml --profile demo run --build --rm bank
	docker compose -f deploy/compose.yaml up --build --detach --wait

clean: ## Remove the environment and everything the platform wrote here
	-$(BIN)/finplatform down
	rm -rf $(VENV) .finplatform build
