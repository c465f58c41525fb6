"""The smallest service that the chassis can be tested with: counters, which count when asked or when somebody knocks."""
