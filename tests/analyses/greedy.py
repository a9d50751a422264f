"""An analysis that asks for a gigabyte."""


def run(*_asked: object, **_how: object) -> dict[str, int]:
    """The size of it."""
    return {"size": len(bytearray(1024**3))}
