"""The Redis that the tests start for themselves."""

import pytest
from redis import Redis

from hansard.testing.redis_server import RedisServer, find_redis_server

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(find_redis_server() is None, reason="redis-server is not installed"),
]


def test_it_comes_back_with_what_it_had() -> None:
    """After it was stopped or killed it is there again, at the same place, with its data."""
    with RedisServer(password="a:b@c/d?e") as server:  # noqa: S106 - of this server only
        url = server.url
        for end in (server.stop, server.kill):
            with Redis.from_url(url) as client:
                client.rpush("list", "item")
            end()
            server.start()
        with Redis.from_url(url) as client:
            assert client.lrange("list", 0, -1) == [b"item", b"item"]
    assert not server.folder.exists()


def test_two_do_not_meet() -> None:
    """Servers that run at once have ports and folders of their own."""
    with RedisServer() as one, RedisServer() as other:
        assert one.port != other.port
        with Redis.from_url(one.url) as client:
            client.set("key", "value")
        with Redis.from_url(other.url) as client:
            assert client.get("key") is None


def test_settings_that_it_does_not_know() -> None:
    """A server that cannot start says why."""
    with pytest.raises(RuntimeError, match="colour"), RedisServer(settings={"colour": "blue"}):
        pass
