"""Which addresses may be asked."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import hostile_addresses as corpus
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import AddressRefusedError
from hansard.net.addresses import check_address, check_url, refusal, shown

PRIVATE = corpus.addresses(corpus.PRIVATE4, corpus.PRIVATE6)
NEVER = corpus.addresses(corpus.NEVER4, corpus.NEVER6)
NAT64 = IPv6Network("64:ff9b::/96")
URLS = list(corpus.urls())


def test_the_corpus_is_large() -> None:
    """Hundreds of addresses and web addresses are tried, none twice."""
    assert len(set(PRIVATE + NEVER)) == len(PRIVATE + NEVER) >= 300
    assert len(set(URLS)) >= 600


def test_a_private_address_is_a_matter_of_the_setting() -> None:
    """Loopback, private and provider-internal addresses pass only where they are allowed."""
    assert [address for address in PRIVATE if not refusal(address)] == []
    assert [address for address in PRIVATE if refusal(address, allow_private=True)] == []


def test_some_addresses_are_never_asked() -> None:
    """Metadata, link-local, multicast, reserved and the like are refused whatever is allowed."""
    assert [address for address in NEVER if not refusal(address)] == []
    assert [address for address in NEVER if not refusal(address, allow_private=True)] == []


def test_a_public_address_may_be_asked() -> None:
    """The neighbours of what is refused, and addresses that carry a public one inside, pass."""
    inside = [six for four in corpus.PUBLIC if "." in four for six in corpus.mapped(four)]
    assert [address for address in [*corpus.PUBLIC, *inside] if refusal(address)] == []


def passes(url: str) -> bool:
    """Whether a web address may be asked, as far as can be said without a look-up."""
    try:
        check_url(url)
    except AddressRefusedError:
        return False
    return True


def test_a_hostile_url_is_refused() -> None:
    """Odd spellings, schemes, ports, logins and hosts are refused before any look-up."""
    assert [url for url in URLS if passes(url)] == []


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.mp3?x=1&y=%20#t",
        "http://example.com:80/",
        "http://example.com:443/",
        "https://example.com:443/",
        "http://my_host.example.com./",
        "http://xn--bcher-kva.example/",
        "https://bücher.example/a b",
        "http://8.8.8.8/",
        "http://134744072/",
        "http://[2606:4700:4700::1111]/",
        "http://[::ffff:8.8.8.8]/",
        "HTTPS://EXAMPLE.COM",
        "http://localhost.example.com/",
        "http://" + "a" * 63 + ".example/",
    ],
)
def test_an_honest_url_passes(url: str) -> None:
    """Names, public addresses and the two ports are let through, and the URL comes back parsed."""
    parsed = check_url(url)
    assert parsed == check_url(parsed)
    assert parsed.scheme in {"http", "https"}


@pytest.mark.parametrize(
    "url",
    ["http://localhost:8080/", "http://127.1:9000/x", "http://[::1]:1/", "http://10.0.0.7:65535/"],
)
def test_private_urls_pass_where_they_are_allowed(url: str) -> None:
    """With the setting, names and addresses of one's own network pass, on any port."""
    assert check_url(url, allow_private=True)


@pytest.mark.parametrize("url", corpus.ODD)
def test_the_setting_allows_private_addresses_and_nothing_else(url: str) -> None:
    """With the setting, a URL that still passes is a well-formed one of http or https."""
    try:
        parsed = check_url(url, allow_private=True)
    except AddressRefusedError:
        return
    assert parsed.scheme in {"http", "https"}
    assert parsed.host
    assert not parsed.userinfo


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("169.254.169.254", "the metadata service of a cloud"),
        ("169.254.1.1", "a link-local address"),
        ("192.0.0.192", "the metadata service of a cloud"),
        ("::", "an unspecified address"),
        ("fe80::1%eth0", "a link-local address"),
        ("fec0::1", "a site-local address"),
        ("ff02::1", "a multicast address"),
        ("64:ff9b:1::1", "an address of a translator in the local network"),
        ("4000::1", "a reserved address"),
        ("::ffff:127.0.0.1", "a loopback address"),
    ],
)
def test_the_reason_is_the_right_one(address: str, reason: str) -> None:
    """Whoever is refused learns what kind of address it is."""
    assert refusal(address) == reason


@pytest.mark.parametrize("port", [0, 65536, -1])
def test_no_setting_makes_a_port_of_what_is_none(port: int) -> None:
    """Ports that cannot be are refused even where any port may be asked."""
    with pytest.raises(AddressRefusedError):
        check_url(f"http://127.0.0.1:{port}/", allow_private=True)


def test_what_is_no_address() -> None:
    """Anything that is no IP address is refused."""
    assert [refusal(text) for text in ("", "x", "1.2.3", "127.1", "1::2::3")] == [
        "no IP address"
    ] * 5


def test_an_error_names_the_host_and_the_setting() -> None:
    """The message says which host and why, and the hint names the setting that would help."""
    with pytest.raises(AddressRefusedError, match=r"'a.example' .* a private address") as caught:
        check_address("10.0.0.1", host="a.example")
    assert "allow_private_urls" in caught.value.hint
    with pytest.raises(AddressRefusedError) as caught:
        check_address("169.254.169.254", host="a.example", allow_private=True)
    assert caught.value.hint == ""
    check_address("1.1.1.1", host="a.example")


def test_what_is_shown_of_a_url_holds_no_secret() -> None:
    """Neither the query nor a login is shown, and the rest is short."""
    url = httpx2.URL("https://u:pw@h.example/" + "p" * 500 + "?token=t")
    assert shown(url).startswith("https://h.example/ppp")
    assert len(shown(url)) == 200
    assert "token" not in shown(url)


@given(st.ip_addresses(v=4))
def test_what_passes_is_global_for_python_too_v4(address: IPv4Address) -> None:
    """Every IPv4 address that passes is one that Python calls global, and no multicast one."""
    if not refusal(str(address)):
        assert address.is_global
        assert not address.is_multicast


@given(
    st.ip_addresses(v=6)
    | st.builds(lambda n: IPv6Address(0x2001 << 112 | n), st.integers(0, 2**112 - 1))
)
def test_what_passes_is_global_for_python_too_v6(address: IPv6Address) -> None:
    """Every IPv6 address that passes is a global unicast one, or carries one inside."""
    carries = address.ipv4_mapped or address.teredo or address.sixtofour or address in NAT64
    if not refusal(str(address)) and not carries:
        assert address.is_global
        assert int(address) >> 125 == 1


@given(st.text(max_size=40), st.booleans())
def test_any_text_is_judged(text: str, allow: bool) -> None:
    """Whatever the text, it is a checked URL or an `AddressRefusedError`."""
    for url in (text, f"http://{text}/", f"http://example.com:{text}/", f"https://[{text}]"):
        try:
            parsed = check_url(url, allow_private=allow)
        except AddressRefusedError:
            continue
        assert parsed.scheme in {"http", "https"}
        literal = parsed.host.strip("[]")
        try:
            ip_address(literal)
        except ValueError:
            continue
        assert not refusal(literal, allow_private=allow)
