"""What the evidence service touches outside itself, one file an outside thing."""
