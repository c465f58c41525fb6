"""Which stream holds what: the bonus rules one; wages, adjustments and claims one for each employee, payrolls by month."""

from uuid import NAMESPACE_URL, UUID, uuid5

BONUS_RULES = uuid5(NAMESPACE_URL, "urn:qizheng:payroll-bridge:bonus-rules")


def stream_of(kind: str, key: str) -> UUID:
    """The stream of a `wage`, `adjustments` or `claim` by its employee, of a `payroll` by its period."""
    return uuid5(NAMESPACE_URL, f"urn:qizheng:payroll-bridge:{kind}:{key}")
