"""What every service stands on: keeping what was decided, and facing those who ask. It knows no business word."""
