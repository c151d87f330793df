# Each target makes or updates .venv first; see tools/in_env.
#   PYTHON=python3.12 make test    another interpreter
#   DEMO_S=20 make demo            a shorter demo
#   make replay BAG=drive BUNDLE=objects20 POLICY=learned LABELS=labels.csv LINK=recorded
#   make bench-links PICTURES=held_out SMALL=bundles/small    as root; BENCH_ARGS: of live_links.py
export PYTHON VENV DEMO_S

BUNDLE ?= objects20

.PHONY: help demo replay bench-links test lint clean

help:
	@echo 'make demo   watch a robot and a server work over a changing link (DEMO_S=20: seconds)'
	@echo 'make replay BAG=my_bag   play a recording to the real nodes and judge what they make of it'
	@echo 'make bench-links PICTURES=folder   compare on live shaped links; root, about 20 minutes a turn'
	@echo 'make test   run all tests (PYTEST_ARGS="-k belief")'
	@echo 'make lint   check style and format'
	@echo 'make clean  delete the environment and everything built'

demo:
	tools/in_env run edge_exit demo

replay:
	@[ -n '$(BAG)' ] || { echo 'which bag? make replay BAG=my_bag' >&2; exit 2; }
	tools/in_env run edge_exit replay '$(BAG)' --bundle '$(BUNDLE)' $(if $(POLICY),--policy $(POLICY)) \
		$(if $(LABELS),--labels '$(LABELS)') $(if $(LINK),--link '$(LINK)') $(REPLAY_ARGS)

bench-links:
	tools/in_env run python benchmarks/live_links.py $(if $(PICTURES),--pictures '$(PICTURES)') \
		$(if $(SMALL),--small '$(SMALL)') $(BENCH_ARGS)

test:
	tools/in_env run,test,torch python -m pytest $(PYTEST_ARGS)

lint:
	tools/in_env run,test,torch ruff check .
	tools/in_env run,test,torch ruff format --check .

clean:
	rm -rf .venv .venv.lock build install log out *.egg-info .pytest_cache .ruff_cache .hypothesis
