"""The real servers on this machine, from Python packages: Kafka, ClickHouse, and the manager that keeps them up."""
