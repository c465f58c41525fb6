"""Dossiers: what is collected from the ledger about a case or a person, set in type, signed, and packed into one ZIP."""
