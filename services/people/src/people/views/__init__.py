"""What people answers from: who works here, and what they had learned before."""
