"""Join links as people paste them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol.links import JoinLink, parse_link

ID = "abcdefghijklmnopqrstuvwxyz234567"


@pytest.mark.parametrize(
    ("text", "link"),
    [
        (f"lightwork://train.example.org/{ID}", JoinLink("train.example.org", None, ID)),
        (f"  LIGHTWORK://Train.Example.ORG:8470/{ID.upper()}/ \n", JoinLink("train.example.org", 8470, ID)),
        (f"lightwork://127.0.0.1:1/{ID}", JoinLink("127.0.0.1", 1, ID)),
        (f"lightwork://[2001:db8::1]:8470/{ID}", JoinLink("2001:db8::1", 8470, ID)),
        (f"lightwork://localhost/{ID}", JoinLink("localhost", None, ID)),
    ],
)
def test_a_link_is_read(text: str, link: JoinLink) -> None:
    assert parse_link(text) == link
    assert parse_link(str(link)) == link


@pytest.mark.parametrize(
    "text",
    [
        "",
        ID,
        f"https://host/{ID}",
        f"lightwork://{ID}",
        f"lightwork:///{ID}",
        f"lightwork://host/{ID[:-1]}",
        f"lightwork://host/{ID[:-1]}1",
        f"lightwork://host/{ID}/more",
        f"lightwork://host/{ID}?x=1",
        f"lightwork://host/{ID}#x",
        f"lightwork://user@host/{ID}",
        f"lightwork://host:99999/{ID}",
        f"lightwork://ho st/{ID}",
        f"lightwork://-host/{ID}",
        f"lightwork://[::1/{ID}",
        f"lightwork://{'a' * 254}/{ID}",
    ],
)
def test_what_is_no_link_is_refused(text: str) -> None:
    with pytest.raises(LightworkError) as caught:
        parse_link(text)
    assert caught.value.trouble is Trouble.LINK_INVALID


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("train.example.org", f"https://train.example.org:8470/v1/{ID}"),
        ("192.168.0.1", f"https://192.168.0.1:8470/v1/{ID}"),
        ("127.0.0.1", f"http://127.0.0.1:8470/v1/{ID}"),
        ("127.9.9.9", f"http://127.9.9.9:8470/v1/{ID}"),
        ("::1", f"http://[::1]:8470/v1/{ID}"),
        ("localhost", f"http://localhost:8470/v1/{ID}"),
        ("localhost.example.org", f"https://localhost.example.org:8470/v1/{ID}"),
    ],
)
def test_only_the_loopback_does_without_encryption(host: str, url: str) -> None:
    assert JoinLink(host, 8470, ID).url == url


@given(st.text(max_size=80))
def test_any_text_is_a_link_or_refused(text: str) -> None:
    try:
        link = parse_link(text)
    except LightworkError:
        return
    assert parse_link(str(link)) == link
