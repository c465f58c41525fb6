"""What points answers from: staff, what they learned, the rules, the entries, and how years ended."""
