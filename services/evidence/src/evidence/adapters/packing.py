"""Packing with Zstandard (RFC 8878)."""

import zstandard

LEVEL = 9
LARGEST = 1 << 33  # what 65,536 of the largest entries need


def pack(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress(data)


def unpack(data: bytes) -> bytes:
    """What was packed. Refuses with ValueError what is no whole frame, or says that it is larger than a segment can be."""
    try:
        if not 0 <= zstandard.frame_content_size(data) <= LARGEST:
            raise ValueError("packed so that its size cannot be told, or larger than a segment")
        return zstandard.ZstdDecompressor().decompress(data, allow_extra_data=False)
    except zstandard.ZstdError as fault:
        raise ValueError(str(fault)) from fault
