"""What every test of the workspace can ask for: `kafka_server`, `postgres_server`, `database`; and how hard to try."""

from hypothesis import settings

pytest_plugins = ["chassis.testing.fixtures"]

# `make check` asks each property a few times; `make test` as often as Hypothesis does by itself.
settings.register_profile("quick", max_examples=15)
