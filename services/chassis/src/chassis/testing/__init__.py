"""What tests, benchmarks and `make up` stand on: real Kafka, real PostgreSQL, and the given/when/then spec."""
