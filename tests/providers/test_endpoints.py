"""What endpoints share: addresses without secrets in them."""

from __future__ import annotations

import pytest

from judgetui.errors import InputError
from judgetui.providers.endpoints import check_url


@pytest.mark.parametrize(
    "url",
    [
        "https://alice:s3cret@example.org/v1",
        "https://s3cret@example.org/v1",
        "https://:s3cret@example.org/v1",
        "https://example.org/v1?api-key=s3cret",
        "https://example.org/v1#s3cret",
        "https://alice:s3cret",
    ],
)
def test_an_address_holds_no_secret(url: str) -> None:
    with pytest.raises(InputError, match=r"^It (holds a user, a password or a query|is not a web)") as caught:
        check_url(url, "It")
    assert "s3cret" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/v1", "https://example.org/a@b", "http://[::1]:1"])
def test_a_good_address(url: str) -> None:
    assert check_url(f"{url}/", "It") == url
