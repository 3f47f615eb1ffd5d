"""The options of the hub."""

from pathlib import Path

import pytest

from hansard.errors import SettingError
from hansard.models.hub import HubOptions
from hansard.models.hub.hub import Hub
from hansard.models.hub.options import real_token


@pytest.mark.parametrize(
    "token",
    [
        None, "", "  ", "your_huggingface_token_here", "YOUR-HF-TOKEN", "changeme", "change_me",
        "<token>", "hf_xxxxxxxx", "hf_...", "xxx", "none", "null", "'your_token'", "my_token",
        "hf_token", "token", "placeholder", "...",
    ],
)  # fmt: skip
def test_placeholders_count_as_unset(token: str | None) -> None:
    """What templates and people write where a token should be is no token."""
    assert real_token(token) is None


@pytest.mark.parametrize("token", ["hf_AbCdEfGhIjKlMnOpQr", "api_org_x1", "s3cret"])
def test_a_token_is_kept(token: str) -> None:
    """A token is used as it is, without blanks or quotes around it."""
    assert real_token(token) == token
    assert real_token(f'  "{token}" \n') == token


def test_a_token_is_never_shown() -> None:
    """The options can be printed without giving the token away."""
    text = "hf_AbCdEf"
    assert text not in repr(HubOptions(hf_token=text))


@pytest.mark.parametrize("token", ["hf_sécret", "hf_a\nb", "hf_\x07"])
def test_a_token_that_cannot_be_one_is_a_wrong_setting(token: str) -> None:
    """Characters that cannot be sent are refused before anything is sent, without showing them."""
    with pytest.raises(SettingError) as caught:
        Hub(HubOptions(hf_token=token))
    assert token not in str(caught.value)


def test_the_default_place_is_the_users_own() -> None:
    """By default models lie below the folder that the system has for a user's data."""
    options = HubOptions()
    assert "hansard" in options.data_dir.name.lower()
    assert options.data_dir.is_absolute()
    assert options.models_dir == options.data_dir / "models"


def test_a_tilde_is_the_home_folder() -> None:
    """`~` in data_dir is expanded."""
    assert HubOptions(data_dir=Path("~/x")).models_dir == Path.home() / "x" / "models"
