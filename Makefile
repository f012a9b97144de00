# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What a person types here. Each target sets up what it needs: git, make and a Python of 3.11 or later with venv are all it takes.
# Everything is written below .venv and build; `make clean` removes them.

# Ansible runs no Python whose path has a space in it, so that below a folder with such a name everything is written into a cache folder of the user's.
SPACELESS := $(if $(word 2,$(CURDIR)),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/imds-azure/$(firstword $(shell printf %s '$(CURDIR)' | cksum)),$(CURDIR))
BUILD := $(SPACELESS)/build
# Several may run side by side in one working tree: each has a copy of its own, by the number of its process. build/collections leads to the newest.
COPIES := $(BUILD)/copies
COLLECTIONS := $(COPIES)/$(shell echo $$PPID)
COPY := $(COLLECTIONS)/ansible_collections/imds/azure
VENV := $(SPACELESS)/.venv
LINT := $(BUILD)/venv-lint
OLDEST_CORE := $(BUILD)/venv-oldest-core
MIDDLE_CORE := $(BUILD)/venv-middle-core
NEXT_CORE := $(BUILD)/venv-next-core
RULEBOOK := $(BUILD)/venv-rulebook
WHERE_IT_RUNS := $(BUILD)/venv-where-it-runs
INTERPRETERS := $(VENV)/bin/python -B '$(CURDIR)/tests/matrix/interpreters.py'

# Which tests run, and how: make pytest TESTS=tests/unit/test_network_guard.py PYTEST_ARGS=-x, make integration TARGETS=demo
TESTS ?= tests
PYTEST_ARGS ?=
TARGETS ?=

say = @printf '\n== %s\n' '$(1)'

# Unless one is named: the first with which the newest ansible-core runs, else one that is new enough.
# A name may be only a stand-in (a pyenv shim of a version that is not chosen) and fail when run, so each is asked.
FIND_PYTHON = for name in $(or $(PYTHON),$$(python3 -B tests/matrix/interpreters.py --each 3.13 3.12 3.14 3.11 2>/dev/null) python3.13 python3.12 python3.11 python3); do \
	  "$$name" -c 'import ensurepip, sys, venv; sys.exit(1) if sys.version_info < (3, 11) else print(sys.executable)' 2>/dev/null && break; \
	done

# $(call install,folder,groups of pyproject.toml): dependency groups need pip 25.1.
install = $(1)/bin/python -m pip install --quiet --quiet --disable-pip-version-check --upgrade 'pip>=25.1' && \
	  $(1)/bin/python -m pip install --quiet --quiet --disable-pip-version-check $(foreach group,$(2),--group $(group))

# $(call in_copy,folder of a venv): in the copy, with that venv's programs, every interpreter found, and a home folder of its own.
in_copy = cd $(COPY) && env HOME=$(BUILD)/home LC_ALL=C.UTF-8 ANSIBLE_COLLECTIONS_PATH=$(COLLECTIONS) PATH="$(1)/bin:$$($(INTERPRETERS)):$$PATH"

.PHONY: help demo test test-all integration pytest other-integration other-unit repeated where-it-runs rulebook other-sanity lint style types sanity docs package release bench screenshot clean copy

help:
	@echo 'make demo         see facts, groups, config files and the report of twelve simulated VMs'
	@echo 'make test         run the tests on the newest ansible-core: ansible-test integration, then pytest'
	@echo 'make test-all     run over again what other releases of ansible-core and other Pythons may do differently, and with ansible-runner, redis and others'
	@echo 'make lint         check style, types, documentation, licences and the package'
	@echo 'make bench        measure the facts module and the inventory beside others'
	@echo 'make release      prepare the release of VERSION=...; with DRY_RUN=1 change nothing'
	@echo 'make screenshot   draw the pictures of docs/images, with Chromium'
	@echo 'make clean        remove .venv, build and demo-output'
	@echo 'Parts of test: integration (TARGETS=...), pytest (TESTS=... PYTEST_ARGS=...). Parts of lint: style, types, sanity, docs, package.'

# Environments

$(VENV)/bin/python:
	$(call say,Making .venv)
	@python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ]; then echo 'No Python 3.11 or later with venv was found. Name one: make PYTHON=/path/to/python3 ...' >&2; exit 1; fi; \
	"$$python" --version && "$$python" -m venv $(VENV)

$(VENV)/ready-%: pyproject.toml | $(VENV)/bin/python
	$(call say,Installing what $* needs into .venv)
	@$(call install,$(VENV),$*)
	@touch $@

$(LINT)/ready: pyproject.toml | $(VENV)/bin/python
	$(call say,Installing the linters into build/venv-lint)
	@$(VENV)/bin/python -m venv $(LINT)
	@$(call install,$(LINT),lint)
	@touch $@

# Left empty where no interpreter can run that ansible-core: the tests then say what they skip.
$(OLDEST_CORE)/ready: WANTED := 3.11 3.12
$(MIDDLE_CORE)/ready: WANTED := 3.11 3.12 3.13
$(NEXT_CORE)/ready: WANTED := 3.14 3.13
$(BUILD)/venv-%-core/ready: pyproject.toml tests/matrix/interpreters.py | $(VENV)/bin/python
	$(call say,Installing the $* ansible-core into build/venv-$*-core)
	@mkdir -p $(@D)
	@if python=$$($(INTERPRETERS) $(WANTED)); then \
	  "$$python" --version && "$$python" -m venv $(@D) && $(call install,$(@D),$*-core); \
	else echo 'Left out: none of Python $(WANTED) is here.'; fi
	@touch $@

# It brings a bridge to Java that is built for some versions of Python only.
$(RULEBOOK)/ready: WANTED := 3.12 3.11 3.13
$(RULEBOOK)/ready: pyproject.toml tests/matrix/interpreters.py | $(VENV)/bin/python
	$(call say,Installing ansible-rulebook into build/venv-rulebook)
	@mkdir -p $(@D)
	@if python=$$($(INTERPRETERS) $(WANTED)); then \
	  "$$python" --version && "$$python" -m venv $(@D) && $(call install,$(@D),rulebook); \
	else echo 'Left out: none of Python $(WANTED) is here.'; fi
	@touch $@

# The package ansible brings collections of others, such as community.general with its cache plugin for redis.
$(WHERE_IT_RUNS)/ready: WANTED := 3.13 3.12 3.14
$(WHERE_IT_RUNS)/ready: pyproject.toml tests/matrix/interpreters.py | $(VENV)/bin/python
	$(call say,Installing what others run Ansible with into build/venv-where-it-runs)
	@mkdir -p $(@D)
	@if python=$$($(INTERPRETERS) $(WANTED)); then \
	  "$$python" --version && "$$python" -m venv $(@D) && $(call install,$(@D),where-it-runs); \
	else echo 'Left out: none of Python $(WANTED) is here.'; fi
	@touch $@

# A fresh copy of what git would commit, under the path that Ansible's tools insist on, and a repository of its own, for they ask git.
copy:
	$(call say,Copying the working tree to build/collections)
	@for other in $(COPIES)/*; do kill -0 "$${other##*/}" 2>/dev/null || rm -rf "$$other"; done
	@rm -rf $(COLLECTIONS) $(BUILD)/collections
	@mkdir -p $(COPY) $(BUILD)/home $(COLLECTIONS)/bytecode
	@ln -sfn $(COLLECTIONS) $(BUILD)/collections
	@git init --quiet $(COPY)
	@git --git-dir=$(COPY)/.git --work-tree=. add --all .
	@git -C $(COPY) checkout-index --all

# Demo

demo: $(VENV)/ready-demo
	$(call say,Running the demo)
	@PYTHONDONTWRITEBYTECODE=1 $(VENV)/bin/python playbooks/demo/run.py

# Tests

test: integration pytest

test-all: other-sanity other-integration other-unit repeated where-it-runs

# $(call targets,folder of a venv)
targets = $(call in_copy,$(1)) python -B tests/integration/run.py $(TARGETS)

# $(call tests,folder of a venv,what to run)
tests = $(call in_copy,$(1)) ANSIBLE_CONTROLLER_MIN_PYTHON_VERSION=3.11 IMDS_TEST_BYTECODE=$(COLLECTIONS)/bytecode \
	IMDS_TEST_OLDEST_CORE="$$(ls -d $(OLDEST_CORE)/bin 2>/dev/null)" IMDS_TEST_MIDDLE_CORE="$$(ls -d $(MIDDLE_CORE)/bin 2>/dev/null)" \
	IMDS_TEST_NEXT_CORE="$$(ls -d $(NEXT_CORE)/bin 2>/dev/null)" IMDS_TEST_RULEBOOK="$$(ls -d $(RULEBOOK)/bin 2>/dev/null)" IMDS_TEST_WHERE_IT_RUNS="$$(ls -d $(WHERE_IT_RUNS)/bin 2>/dev/null)" \
	python -m pytest -p ansible_test._util.target.pytest.plugins.ansible_pytest_collections -n auto $(PYTEST_ARGS) $(2)

# $(call if_other,folder of a venv,command): where that ansible-core is here, and another one than that of .venv.
core = $(1)/bin/python -c 'from ansible.release import __version__; print(__version__)'
if_other = if [ ! -d $(1)/bin ]; then echo 'Left out: that ansible-core is not here.'; \
	elif [ "$$($(call core,$(1)))" = "$$($(call core,$(VENV)))" ]; then echo 'Left out: .venv has the same one.'; \
	else $(call core,$(1)) && $(2); fi

integration: $(VENV)/ready-test copy
	$(call say,Running the targets of tests/integration/targets)
	@$(call targets,$(VENV))

pytest: $(VENV)/ready-test copy
	$(call say,Running pytest)
	@( $(call tests,$(VENV),-m 'not repeated and not where_it_runs' -o cache_dir=$(COLLECTIONS)/pytest $(TESTS)) ) || { status=$$?; [ "$$status" = 1 ] || exit "$$status"; \
	  echo 'What failed in a crowd, once more and one by one:'; \
	  ( $(call tests,$(VENV),-n 0 --last-failed -m 'not repeated and not where_it_runs' -o cache_dir=$(COLLECTIONS)/pytest $(TESTS)) ); }

# The newest pre-release of ansible-core is the first to say what is deprecated: every test fails over that, see setup_simulator and pyproject.toml.
other-integration: $(addsuffix -integration,$(OLDEST_CORE) $(NEXT_CORE))

%-integration: %/ready copy
	$(call say,Running the targets of tests/integration/targets with $(notdir $*))
	@$(call if_other,$*,$(call targets,$*))

other-unit: $(addsuffix -unit,$(OLDEST_CORE) $(MIDDLE_CORE) $(NEXT_CORE))

%-unit: %/ready copy
	$(call say,Running tests/unit with $(notdir $*))
	@$(call if_other,$*,$(call tests,$*,tests/unit))

repeated: $(VENV)/ready-test $(OLDEST_CORE)/ready $(MIDDLE_CORE)/ready copy
	$(call say,Running again what is tested with every ansible-core and Python)
	@$(call tests,$(VENV),-m repeated $(TESTS))

where-it-runs: $(VENV)/ready-test $(OLDEST_CORE)/ready $(MIDDLE_CORE)/ready $(NEXT_CORE)/ready $(WHERE_IT_RUNS)/ready $(RULEBOOK)/ready copy
	$(call say,Running what runs the collection: ansible-runner and others)
	@$(call tests,$(VENV),-m where_it_runs $(TESTS))

# Part of where-it-runs, with nothing else to install.
rulebook: $(VENV)/ready-test $(RULEBOOK)/ready copy
	$(call say,Running the event source in ansible-rulebook)
	@$(call tests,$(VENV),-m where_it_runs tests/rulebook)

# Checks

lint: style types docs package sanity

style: $(LINT)/ready copy
	$(call say,Checking style: ruff yamllint reuse shellcheck)
	@$(LINT)/bin/ruff check --quiet .
	@$(LINT)/bin/ruff format --check --quiet --diff .
	@$(call in_copy,$(LINT)) yamllint --strict .
	@$(call in_copy,$(LINT)) reuse lint --lines
	@if command -v shellcheck >/dev/null; then cd $(COPY) && git ls-files -z .ci/run '*.sh' | xargs -0 shellcheck; else echo 'shellcheck is not installed: left out.'; fi

types: $(LINT)/ready copy
	$(call say,Checking types: mypy)
	@cd $(COLLECTIONS) && MYPYPATH=$(COLLECTIONS):$(COPY)/roles/simulator/files:$(COPY)/tests/benchmarks:$(COPY)/tests/integration/targets/rack_awareness:$(COPY)/tests/integration/targets/guide $(LINT)/bin/mypy \
	  --config-file $(COPY)/pyproject.toml --cache-dir $(BUILD)/mypy ansible_collections/imds/azure

docs: $(LINT)/ready copy
	$(call say,Checking documentation and playbooks: ansible-lint antsibull-docs antsibull-changelog)
	@$(call in_copy,$(LINT)) ansible-lint --offline --profile production --nocolor -q
	@$(call in_copy,$(LINT)) antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs all --disallow-unknown-collection-refs --check-extra-docs-refs .
	@$(call in_copy,$(LINT)) antsibull-changelog lint

package: $(LINT)/ready copy
	$(call say,Building the collection and importing and installing it)
	@rm -rf $(BUILD)/dist $(BUILD)/installed
	@$(call in_copy,$(LINT)) ansible-galaxy collection build --output-path $(BUILD)/dist
	@cd $(BUILD)/dist && env HOME=$(BUILD)/home LC_ALL=C.UTF-8 PATH=$(LINT)/bin:$$PATH python -m galaxy_importer.main imds-azure-*.tar.gz
	@$(call in_copy,$(LINT)) ANSIBLE_COLLECTIONS_PATH=$(BUILD)/installed \
	  ansible-galaxy collection install --offline -p $(BUILD)/installed $(BUILD)/dist/imds-azure-*.tar.gz
	@if [ -e plugins/modules/instance_facts.py ]; then cd $(BUILD) && HOME=$(BUILD)/home ANSIBLE_COLLECTIONS_PATH=$(BUILD)/installed \
	  $(LINT)/bin/ansible-doc -t module imds.azure.instance_facts >/dev/null && echo 'The installed module documents itself.'; fi
	@$(LINT)/bin/ansible-builder introspect --write-pip $(BUILD)/ee-requirements.txt --write-bindep $(BUILD)/ee-bindep.txt $(BUILD)/installed >/dev/null
	@$(LINT)/bin/python -m venv --clear $(BUILD)/venv-ee && $(BUILD)/venv-ee/bin/python -m pip install --quiet --quiet --disable-pip-version-check ansible-core -r $(BUILD)/ee-requirements.txt
	@$(BUILD)/venv-ee/bin/python -c 'import cryptography, requests' && grep -q openssh $(BUILD)/ee-bindep.txt && \
	  echo 'An execution environment gets all that the collection needs.'
	@$(call in_copy,$(LINT)) python -B .ci/release.py next >$(BUILD)/release.log 2>&1 || { cat $(BUILD)/release.log; exit 1; }; tail -n 1 $(BUILD)/release.log

# Writes the version and the changelog and builds the artifact, see docs/releasing.md. Commits and publishes nothing.
release: $(LINT)/ready copy
	$(call say,Preparing the release of $(VERSION))
	@if [ -z '$(VERSION)' ]; then echo 'Which version? make release VERSION=1.0.0' >&2; exit 1; fi
	@$(call in_copy,$(LINT)) python -B .ci/release.py '$(VERSION)' $(if $(DRY_RUN),,--into '$(CURDIR)')

# Every core asks for things of its own, and only the oldest compiles and imports the modules with Python 3.6 and 3.7.
sanity: $(VENV)-sanity

other-sanity: $(addsuffix -sanity,$(OLDEST_CORE) $(MIDDLE_CORE))

$(VENV)-sanity: $(VENV)/ready-test
$(OLDEST_CORE)-sanity: $(OLDEST_CORE)/ready
$(MIDDLE_CORE)-sanity: $(MIDDLE_CORE)/ready
# facts_from_document is imported from its folder, which later releases allow.
$(OLDEST_CORE)-sanity: SANITY_ARGS := --skip-test empty-init

%-sanity: copy $(BUILD)/home/.ansible/test/cache
	$(call say,Running ansible-test sanity of $(notdir $*))
	@if [ -d $*/bin ]; then $(call in_copy,$*) ansible-test sanity --local --color no $(SANITY_ARGS); else echo 'Left out: that ansible-core is not here.'; fi

# Where ansible-test keeps the pip installers it downloads: begun with those that this user has already.
$(BUILD)/home/.ansible/test/cache: $(wildcard $(HOME)/.ansible/test/cache/get_pip_*.py)
	@mkdir -p $@
	@if [ -n "$^" ]; then cp $^ $@; fi

# Measurements

bench: $(VENV)/ready-test copy
	$(call say,Measuring)
	@$(call in_copy,$(VENV)) python tests/benchmarks/facts_module.py
	@$(call in_copy,$(VENV)) python tests/benchmarks/warm_inventory.py $(BUILD)/cost-by-hosts.svg
	@$(call in_copy,$(VENV)) python tests/benchmarks/tasks_over_ssh.py
	@$(call in_copy,$(VENV)) python tests/benchmarks/cold_inventory.py

# Pictures

screenshot: $(VENV)/ready-test copy
	$(call say,Drawing the report on the fleet of the demo)
	@$(call in_copy,$(VENV)) PYTHONPATH=$(COLLECTIONS) python -m ansible_collections.imds.azure.tests.browser.screenshot '$(CURDIR)/docs/images'

clean:
	rm -rf $(VENV) $(BUILD) demo-output
