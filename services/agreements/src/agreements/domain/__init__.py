"""The rules of training agreements: what binds, for how long, and what leaving costs."""
