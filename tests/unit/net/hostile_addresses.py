"""Addresses that may not be asked, spelled in every way that some resolver or parser takes."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

PRIVATE4 = """
10.0.0.0 10.0.0.1 10.255.255.255 172.16.0.0 172.16.0.1 172.31.255.255 192.168.0.0 192.168.1.1
192.168.255.255 127.0.0.0 127.0.0.1 127.0.0.53 127.1.2.3 127.255.255.255 100.64.0.0 100.64.0.1
100.127.255.255
""".split()
"""Let through where private addresses are allowed."""

NEVER4 = """
0.0.0.0 0.0.0.1 0.255.255.255 169.254.0.0 169.254.1.1 169.254.169.254 169.254.170.2 169.254.255.255
192.0.0.0 192.0.0.1 192.0.0.170 192.0.0.192 192.0.0.255 192.0.2.0 192.0.2.1 192.0.2.255
192.88.99.1 198.18.0.0 198.18.0.1 198.19.255.255 198.51.100.0 198.51.100.7 198.51.100.255
203.0.113.0 203.0.113.9 203.0.113.255 224.0.0.0 224.0.0.1 239.255.255.250 239.255.255.255
240.0.0.0 240.0.0.1 255.255.255.254 255.255.255.255 168.63.129.16 100.100.100.200
""".split()
"""Never let through."""

PRIVATE6 = "::1 fc00:: fc00::1 fd00::1 fd12:3456:789a::1 fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
NEVER6 = """
:: ::2 ::1.2.3.4 ::ffff fe80:: fe80::1 fe80::1%eth0 febf::1 fec0::1 feff::1 ff00:: ff02::1 ff05::2
ffff::1 64:ff9b:1::1 64:ff9b:1::8.8.8.8 64:ff9b:1:ffff::a00:1 64:ff9b::1:0:0 100::1 100:0:0:1::1
2001:2::1 2001:10::1 2001:1ff:ffff::1 2001:20::1 2001:30::1 2001:db8::1
2001:db8:ffff:ffff:ffff:ffff:ffff:ffff 3fff::1 3fff:fff:ffff::1 4000::1 5f00::1 1fff::1 200::1
fd00:ec2::254 fd20:ce::254 a000::1 c000::1 e000::1 f000::1
"""

PUBLIC = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 93.184.216.34 100.63.255.255 100.128.0.0 126.255.255.255
128.0.0.0 142.250.74.46 151.101.1.195 168.63.129.15 168.63.129.17 169.253.255.255 169.255.0.0
172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0 192.31.196.1 192.88.98.255
192.88.100.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0
203.0.112.255 203.0.114.0 223.255.255.255
2000::1 2001:200::1 2001:4860:4860::8888 2001:db7::1 2001:db9::1 2003::1 2400:cb00::1
2606:4700:4700::1111 2620:fe::9 2a00:1450:4001::200e 3ffe::1 3fff:1000::1
""".split()
"""What may be asked, much of it the neighbours of what may not."""


def mapped(address: str) -> list[str]:
    """IPv6 addresses that carry this IPv4 address inside."""
    number = int(IPv4Address(address))
    return [
        f"::ffff:{address}",
        str(IPv6Address(0xFFFF << 32 | number)),
        str(IPv6Address(int(IPv6Address("64:ff9b::")) | number)),
        str(IPv6Address(0x2002 << 112 | number << 80 | 1)),
        teredo(client=number, server=0x08080808),
        teredo(client=0x08080808, server=number),
    ]


def teredo(client: int, server: int) -> str:
    """RFC 4380: the server's address, flags and port, the client's address with its bits turned."""
    return str(
        IPv6Address(0x20010000 << 96 | server << 64 | 0x8000_63BF << 32 | client ^ 2**32 - 1)
    )


def spellings(address: str) -> list[str]:
    """What C libraries read as this IPv4 address (`inet_aton`)."""
    number = int(IPv4Address(address))
    a, b, c, d = address.split(".")
    return [
        address,
        address + ".",
        str(number),
        hex(number),
        hex(number).upper().replace("X", "x"),
        f"0{number:o}",
        f"{a}.{b}.{int(c) * 256 + int(d)}",
        f"{a}.{number & 0xFFFFFF}",
        f"0x{int(a):x}.0x{int(b):x}.0x{int(c):x}.0x{int(d):x}",
        f"0{int(a):o}.0{int(b):o}.0{int(c):o}.0{int(d):o}",
    ]


def addresses(four: list[str], six: str) -> list[str]:
    """Every IP address of the corpus that is made from these."""
    return [*four, *six.split(), *(inside for address in four for inside in mapped(address))]


def urls() -> Iterator[str]:
    """Web addresses that may not be asked, whoever looks their hosts up."""
    for address in (*PRIVATE4, *NEVER4):
        for host in spellings(address):
            yield f"http://{host}/feed.xml"
    for address in addresses([*PRIVATE4, *NEVER4], PRIVATE6 + NEVER6):
        if "%" not in address:
            yield f"https://[{address}]/a.mp3"
    yield from ODD


ODD = [
    *"""
http://localhost/ https://localhost/ http://LOCALHOST/ http://localhost./ http://a.localhost/
http://127。0。0。1/ http://①②⑦.0.0.1/ http://127.0.0.1%2f@example.com/ http://[::1%25lo]/
http://user:pass@example.com/ http://user@example.com/ http://:pw@example.com/
http://example.com@127.0.0.1/ http://127.0.0.1\\@example.com/ http://example.com\\@127.0.0.1/
http://example.com:8080/ http://example.com:22/ http://example.com:6379/ http://example.com:0/
http://example.com:65536/ http://example.com:-1/ http://example.com:80:80/ http://example.com:x/
https://example.com:8443/ http:///x http:/x http:x //example.com/x example.com/x /x x ? #
file:///etc/passwd file://localhost/etc/passwd ftp://example.com/x gopher://example.com/_x
dict://example.com:11211/stat ldap://example.com/ sftp://example.com/ tftp://example.com/
data:audio/mpeg;base64,AAAA javascript:alert(1) jar:http://example.com/ ws://example.com/
wss://example.com/ unix:///var/run/x.sock view-source:http://example.com/ about:blank
http://exa%6dple.com/ http://example.com%00.evil.example/ http://exa%20mple.com/ http://[::1
http://::1/ http://[::1]x/ http://[v1.x]/ http://[]/ http://a..b/ http://.example.com/ http://./
http://../ http://%/ http://*/ http://exam!ple.com/ http://exam$ple.com/ http://(x)/
http://0/ http://00/ http://0x0/ http://127.1/ http://10.1/ http://0177.1/ http://0x7f.1/
http://1/ http://256/
""".split(),
    "",
    " ",
    "http://exa mple.com/",
    "http://example.com\t/",
    "http://example.com/\n",
    "http://example.com/\r\nHost: x",
    "http://example.com\x00/",
    "http://example.com\x7f/",
    "http://" + "a" * 64 + ".example/",
    "http://" + "a." * 130 + "example/",
    "http://example.com/" + "a" * 9000,
]
"""Web addresses that are wrong in their own ways."""
