"""What evidence answers queries from."""
