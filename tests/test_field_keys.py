"""What rests encrypted: opened by any key of the list, sealed under the newest, never opened when it was changed."""

import pytest
from cryptography.fernet import Fernet

from ledger.field_keys import SealBroken, open_sealed, seal

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))


@pytest.mark.parametrize("content", ["Säen im Frühling", b"\x00\xff", ""])
def test_what_is_sealed_is_opened(content: str | bytes) -> None:
    sealed = seal(content, [NEW])
    assert open_sealed(sealed, [NEW]) == (content.encode() if isinstance(content, str) else content)


def test_the_plain_text_does_not_stand_in_it_and_two_seals_differ() -> None:
    first, second = seal("amina@example.org", [NEW]), seal("amina@example.org", [NEW])
    assert b"amina" not in first
    assert first != second


def test_an_older_key_still_opens_and_the_newest_seals() -> None:
    assert open_sealed(seal("kept", [OLD]), [NEW, OLD]) == b"kept"
    assert open_sealed(seal("kept", [NEW, OLD]), [NEW]) == b"kept"
    with pytest.raises(SealBroken):
        open_sealed(seal("kept", [NEW, OLD]), [OLD])


def test_changed_bytes_and_other_keys_open_nothing() -> None:
    sealed = seal("kept", [NEW])
    for changed in (sealed[:-5] + b"AAAAA", sealed[:20], b"", b"not sealed at all"):
        with pytest.raises(SealBroken):
            open_sealed(changed, [NEW, OLD])
    with pytest.raises(SealBroken):
        open_sealed(sealed, [OTHER])
