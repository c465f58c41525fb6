"""Facing: HTTP and its problems, tokens, settings, logging, metrics, health, commands."""
