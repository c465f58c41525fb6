"""What every test of the workspace can ask for: `kafka_server`, `postgres_server`, `database`."""

pytest_plugins = ["chassis.testing.fixtures"]
