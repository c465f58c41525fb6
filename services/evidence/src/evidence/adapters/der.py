"""DER as authorities write it, put right: certificates in the order that X.690 11.6 wants, which many do not care for.

No signature covers that order, openssl passes it over, and `rfc3161-client` reads nothing else.
"""

CERTIFICATES = 0xA0  # [0] IMPLICIT, in a SignedData (RFC 5652 5.1)

Span = tuple[int, int]


def in_order(answer: bytes) -> bytes:
    """A TimeStampResp with the certificates of its token sorted; as it is, where it holds none or is no such thing."""
    try:
        _, content_info = _values(answer, _inside(answer, (0, len(answer))))
        _, explicit = _values(answer, _inside(answer, content_info))
        (signed_data,) = _values(answer, _inside(answer, explicit))
        fields = _values(answer, _inside(answer, signed_data))
        (certificates,) = [_inside(answer, each) for each in fields if answer[each[0]] == CERTIFICATES]
        each = sorted(answer[begin:end] for begin, end in _values(answer, certificates))
    except (ValueError, IndexError):
        return answer
    return answer[: certificates[0]] + b"".join(each) + answer[certificates[1] :]


def _inside(data: bytes, value: Span) -> Span:
    """Where the content of the value that begins there lies."""
    begin, end = value
    length, content = data[begin + 1], begin + 2
    if length & 0x80:
        content += length & 0x7F
        length = int.from_bytes(data[begin + 2 : content], "big")
    if content + length > end:
        raise ValueError("a value that is longer than what it stands in")
    return content, content + length


def _values(data: bytes, within: Span) -> list[Span]:
    """Where the values in a content lie, one behind the other."""
    at, end = within
    found: list[Span] = []
    while at < end:
        found.append((at, _inside(data, (at, end))[1]))
        at = found[-1][1]
    return found
