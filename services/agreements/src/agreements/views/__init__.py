"""What agreements answers queries from."""
