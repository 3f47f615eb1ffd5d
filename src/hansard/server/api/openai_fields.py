"""The text fields of a form, taken out one by one, so that what is left is what nobody knows."""

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any

from hansard.errors import UsageError
from hansard.settings import declared

TRUE, FALSE = frozenset({"true", "1", "yes", "on"}), frozenset({"false", "0", "no", "off"})


class ParameterError(UsageError):
    """A parameter of the request cannot be honoured."""

    def __init__(self, param: str, message: str, *, hint: str = "", reason: str = "") -> None:
        super().__init__(message, hint=hint)
        self.param = param
        """The field's name, as OpenAI's error body calls it."""
        self.reason = reason or "invalid_value"
        """OpenAI's `code`: `invalid_value`, `unknown_parameter`, `unsupported_parameter` ..."""


def refused(param: str, why: str, *, hint: str = "") -> ParameterError:
    """The error for a field that is known, and that cannot be honoured."""
    return ParameterError(
        param, f"{param} is not supported: {why}", hint=hint, reason="unsupported_parameter"
    )


class Fields:
    """The fields of one form. A blank value counts as none, as clients send those for 'not set'."""

    def __init__(self, given: Mapping[str, Sequence[str]]) -> None:
        self._left = {name: list(values) for name, values in given.items()}

    def one(self, name: str) -> str | None:
        """The value of a field that may come once, stripped; None where it did not.

        Raises:
            ParameterError: it came more than once.
        """
        values = self._left.pop(name, [])
        if len(values) > 1:
            raise ParameterError(name, f"{name} was given {len(values)} times")
        return next((value.strip() for value in values if value.strip()), None)

    def many(self, name: str) -> tuple[str, ...]:
        """The values of an array: `name[]`, `name[0]` or `name`, each as often as it came."""
        keys = [key for key in self._left if key == name or _is_item(key, name)]
        values = [value.strip() for key in keys for value in self._left.pop(key)]
        return tuple(value for value in values if value)

    def parts(self, name: str) -> dict[str, str]:
        """The values of an object that was flattened to `name[part]`, by part."""
        keys = [key for key in self._left if key.startswith(f"{name}[") and key.endswith("]")]
        found = {key[len(name) + 1 : -1]: self.one(key) for key in keys}
        return {part: value for part, value in found.items() if value is not None}

    def flag(self, name: str) -> bool | None:
        """A field that is true or false.

        Raises:
            ParameterError: it is neither.
        """
        value = self.one(name)
        if value is None:
            return None
        if value.casefold() in TRUE | FALSE:
            return value.casefold() in TRUE
        raise ParameterError(name, f"{name} must be true or false, not {value[:40]!r}")

    def choice(self, name: str, allowed: Sequence[str]) -> str | None:
        """A field that is one of some words.

        Raises:
            ParameterError: it is another word.
        """
        value = self.one(name)
        if value is not None and value not in allowed:
            raise wrong_choice(name, value, allowed)
        return value

    def setting(self, field: str, name: str) -> Any:
        """A field that has the meaning, the type and the limits of a setting; None where not given.

        Raises:
            ParameterError: the setting may not have this value.
        """
        value = self.one(field)
        return None if value is None else as_setting(field, name, value)

    def forbid_rest(self, known: Collection[str]) -> None:
        """Refuse what was not taken out.

        Raises:
            ParameterError: something is left; names it, and what is spelt alike.
        """
        for name in self._left:
            near = get_close_matches(name.removesuffix("[]"), sorted(known), n=1)
            raise ParameterError(
                name[:100],
                f"unknown parameter {name[:100]!r}",
                hint=f"did you mean {near[0]}?" if near else "",
                reason="unknown_parameter",
            )


def wrong_choice(name: str, value: str, allowed: Sequence[str]) -> ParameterError:
    """The error for a word that is none of those allowed."""
    return ParameterError(
        name, f"{name} cannot be {value[:40]!r}", hint=f"choose from {', '.join(allowed)}"
    )


def as_setting(field: str, name: str, value: Any) -> Any:
    """A value as the setting `name` has it.

    Raises:
        ParameterError: the setting may not have it.
    """
    from pydantic import ValidationError

    try:
        return _adapter(name).validate_python(value)
    except ValidationError as error:
        message = error.errors()[0]["msg"].removeprefix("Input ").removeprefix("Value error, ")
        raise ParameterError(
            field, f"{field} = {str(value)[:40]!r}: {message}", hint=declared()[name].help
        ) from error


@cache
def _adapter(name: str) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(declared()[name].annotation)


def _is_item(key: str, name: str) -> bool:
    index = key.removeprefix(f"{name}[").removesuffix("]")
    return key == f"{name}[{index}]" and (index == "" or index.isdecimal())
