"""The sample company: its year as a plan, and a client that lives it through the HTTP interfaces."""
