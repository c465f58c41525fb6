"""What learning answers from: who is here to learn, what there is to learn, and how far each has come."""
