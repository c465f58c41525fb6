"""Which stream holds what: the rules one, a purse for each employee and year, and a closing for each year."""

from uuid import NAMESPACE_URL, UUID, uuid5

RULES = uuid5(NAMESPACE_URL, "urn:qizheng:points:rules")


def purse_of(employee: str, year: int) -> UUID:
    return uuid5(NAMESPACE_URL, f"urn:qizheng:points:purse:{employee}:{year}")


def closing_of(year: int) -> UUID:
    return uuid5(NAMESPACE_URL, f"urn:qizheng:points:closing:{year}")
