"""How a council-tax bill is shared over the instalments that are left (SI 1992/613, Schedule 1, Part I), in pence."""

POUND = 100
LEAST = 5 * POUND


def instalments(total: int, number: int) -> list[int]:
    """So many instalments of `total` pence: whole pounds, the first of which takes the difference; none under £5."""
    if total <= 0:
        return []
    if total < number * LEAST:
        number = max(total // LEAST, 1)
    if total % (number * POUND) == 0:
        return [total // number] * number
    each = (total + number * POUND // 2) // (number * POUND) * POUND
    return [total - each * (number - 1), *[each] * (number - 1)]
