# Parley: `make serve` starts a server, `make test` runs every test. Each installs what it lacks.
SHELL := /bin/bash

# What `make serve` serves, and how; all can be given on the command line: make serve LISTEN=127.0.0.1:9000 DATA=tracker
LISTEN ?= 127.0.0.1:8080
DATA ?= parley-data
WORLD ?=
CONFIGURATION ?= release

.PHONY: help serve build test test-long crash bench walk-redmine walk-rt clean

help:
	@echo "make serve     build and start a server on $(LISTEN) with the data in $(DATA): demonstration data, or WORLD=FILE"
	@echo "make test      build everything and run every test"
	@echo "make test-long the same with the long crash test and more random cases"
	@echo "make crash     the crash test alone, 200 rounds"
	@echo "make bench     measure a release build; BENCH_SIZES, BENCH_SECONDS and BENCH_CONNECTIONS change it"
	@echo "make walk-redmine  compare with a real Redmine: REDMINE_URL=http://HOST:PORT"
	@echo "make walk-rt       compare with a real Request Tracker: RT_URL=http://HOST:PORT"

build:
	@Scripts/install.sh build
	swift build --configuration $(CONFIGURATION) --product parley

serve: build
	@exec .build/$(CONFIGURATION)/parley serve --data "$(DATA)" --listen "$(LISTEN)" $(if $(WORLD),--world "$(WORLD)",--demo)

test:
	@Scripts/install.sh build python clients
	@.venv/bin/python Scripts/run_tests.py

test-long:
	@Scripts/install.sh build python clients
	@.venv/bin/python Scripts/run_tests.py --long

crash:
	@Scripts/install.sh build python
	swift build --product parley
	@.venv/bin/python Tests/process/crash.py --rounds 200

bench:
	@Scripts/install.sh build python bench
	swift build --configuration release --product parley
	swift build --configuration release --product parley-limits
	@.venv/bin/python Bench/bench.py

# Compares a server with a real Redmine 5.0.4 that holds Conformance/redmine/world.yaml on top of its default data in English,
# with the REST API switched on. Redmine is not installed from here: Debian has it as the packages redmine and redmine-sqlite;
# `rake redmine:load_default_data` makes the default data, and the world's file says what else is there.
PARLEY ?= .build/debug/parley
REDMINE_URL ?=
WALK_REQUESTS ?= 3000
WALK_SEED ?= 1

walk-redmine:
	@test -n "$(REDMINE_URL)" || { echo "make walk-redmine REDMINE_URL=http://HOST:PORT, a Redmine with its default data and" \
	  "Conformance/redmine/world.yaml; see the Makefile"; exit 2; }
	@test -x "$(PARLEY)" || { echo "$(PARLEY) is not there: swift build --product parley, or PARLEY=COMMAND"; exit 2; }
	@Scripts/install.sh python
	@.venv/bin/python Tests/process/walk_redmine.py --redmine "$(REDMINE_URL)" --parley "$(PARLEY)" \
	  --requests $(WALK_REQUESTS) --seed $(WALK_SEED)

# Compares a server with a real Request Tracker 5.0.3 that holds Conformance/rt/world.yaml, its users' passwords included, and searches the texts
# of tickets (FullTextSearch enabled). RT is not installed from here: Debian has it as the packages request-tracker5 and rt5-db-sqlite.
RT_URL ?=

walk-rt:
	@test -n "$(RT_URL)" || { echo "make walk-rt RT_URL=http://HOST:PORT, a Request Tracker with Conformance/rt/world.yaml; see the Makefile"; exit 2; }
	@test -x "$(PARLEY)" || { echo "$(PARLEY) is not there: swift build --product parley, or PARLEY=COMMAND"; exit 2; }
	@Scripts/install.sh python
	@.venv/bin/python Tests/process/walk_rt.py --rt "$(RT_URL)" --parley "$(PARLEY)" --requests $(WALK_REQUESTS) --seed $(WALK_SEED)

clean:
	rm -rf .build .venv
