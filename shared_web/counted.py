"""Numbers of things in words, the same on every face."""


def counted(number: int, word: str) -> str:
    """E.g. "1 resident" or "1,204 residents"."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def people_words(number: int) -> str:
    """E.g. "1 person" or "1,204 people"."""
    return f"{number:,} {'person' if number == 1 else 'people'}"
