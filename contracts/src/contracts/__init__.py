"""What the services of Qizheng tell each other, and the one way they say no."""


class Refusal(Exception):
    """A named reason why the answer is no. A subclass is a plain dataclass (`eq=False`) whose fields are its facts."""
