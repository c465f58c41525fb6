"""The rules of the ledger: what a record is, how records are chained, and how anyone can check it."""
