"""Hugging Face safetensors to CTranslate2, once; the result is kept and verified like a download.

Needs the extra `convert` (torch and transformers). Code that comes with a model is never run, and
nothing is fetched: the converter gets a folder, and the folder is complete.
"""

import importlib.util
import json
import logging
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hansard.errors import MissingExtraError, ModelDamagedError, ModelError
from hansard.models.hub.contents import choose
from hansard.models.hub.files import ModelFiles
from hansard.models.hub.manifest import FileRecord, Manifest, write_manifest
from hansard.models.hub.store import PART, alone, converted_of, is_whole, put_in_place, writing
from hansard.models.hub.verify import write_stamp
from hansard.storage.files import sha256_of

logger = logging.getLogger(__name__)

_NEEDS = ("torch", "transformers")
_WHISPER = "whisper"
_COPIED = ("generation_config.json", "hansard.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What to convert, and where to."""

    source: ModelFiles
    precision: str
    models: Path
    instead: str | None = None
    """The name of the same model, converted already."""
    force: bool = False


def require_extra(name: str, instead: str | None) -> None:
    """Refuse where the libraries for conversion are absent.

    Raises:
        MissingExtraError: names the model, the library and the extra.
    """
    missing = [module for module in _NEEDS if importlib.util.find_spec(module) is None]
    if missing:
        raise MissingExtraError(
            f"model {name!r} must be converted to CTranslate2 first, and "
            f"{' and '.join(missing)} cannot be found",
            hint="pip install 'hansard[convert]'"
            + (f"; or take {instead!r}, the same model converted already" if instead else ""),
        )


def convert(conversion: Conversion) -> Path:
    """Convert and return the folder, which appears whole or not at all.

    One process converts while others that want the same wait; they find it then.

    Raises:
        MissingExtraError: torch or transformers are absent.
        ModelError: it is not a Whisper model.
        ModelDamagedError: the weights or the tokeniser cannot be read.
        OutputError: the disk is full or refuses.
    """
    source, models = conversion.source, conversion.models
    folder = converted_of(models, source.digest, conversion.precision)
    with alone(models, folder.name):
        if is_whole(folder) and not conversion.force:
            return folder
        _check_whisper(source)
        require_extra(source.name, conversion.instead)
        part = folder.with_name(folder.name + PART)
        logger.info("converting %s to CTranslate2 (%s)", source.name, conversion.precision)
        try:
            with writing(part):
                shutil.rmtree(part, ignore_errors=True)
                part.parent.mkdir(parents=True, exist_ok=True)
                _run(conversion, part)
                _sign(conversion, part)
            put_in_place(part, folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return folder


def _check_whisper(source: ModelFiles) -> None:
    kind = kind_of(source)
    if kind != _WHISPER:
        raise ModelError(
            f"model {source.name!r} is of the kind {kind!r}, and only 'whisper' can be converted",
            hint="choose a Whisper model, or an engine that reads safetensors; a language model "
            "is named with --llm-model",
        )


def is_convertible(source: ModelFiles) -> bool:
    """Whether safetensors hold a model that CTranslate2 can be given here.

    Raises:
        ModelDamagedError: their configuration cannot be read.
    """
    return source.layout == "transformers" and kind_of(source) == _WHISPER


def kind_of(source: ModelFiles) -> str | None:
    """What kind of model `config.json` says it is: `whisper`, `wav2vec2`, `llama`.

    Raises:
        ModelDamagedError: it cannot be read.
    """
    try:
        kind = json.loads((source.path / "config.json").read_bytes()).get("model_type")
    except (OSError, ValueError, AttributeError) as error:
        raise ModelDamagedError(
            f"config.json of model {source.name!r} cannot be read: {error}",
            hint="fetch the model again",
        ) from error
    return None if kind is None else str(kind)


def _run(conversion: Conversion, part: Path) -> None:
    """Write weights, vocabulary, tokeniser and feature settings into `part`."""
    import transformers
    from ctranslate2.converters import TransformersConverter

    source = conversion.source.path
    bars = transformers.utils.logging.is_progress_bar_enabled()
    transformers.utils.logging.disable_progress_bar()
    try:
        # low_cpu_mem_usage keeps one copy of the weights in memory instead of two.
        TransformersConverter(str(source), low_cpu_mem_usage=True).convert(
            str(part), quantization=conversion.precision
        )
        _tokenizer(source, part)
        _features(source, part)
    except OSError as error:
        if error.errno is not None:
            raise
        raise _failed(conversion, error) from error
    except Exception as error:  # whatever three libraries make of a stranger's files
        raise _failed(conversion, error) from error
    finally:
        if bars:
            transformers.utils.logging.enable_progress_bar()
    for name in _COPIED:
        if (source / name).exists():
            shutil.copyfile(source / name, part / name)


def _failed(conversion: Conversion, error: Exception) -> ModelDamagedError:
    reason = str(error).strip().partition("\n")[0] or type(error).__name__
    return ModelDamagedError(
        f"model {conversion.source.name!r} cannot be converted: {reason}",
        hint="its files may be incomplete or of a newer kind; see that transformers can load it",
    )


def _tokenizer(source: Path, part: Path) -> None:
    """Copy tokenizer.json, or make it from vocab.json and merges.txt."""
    made = source / "tokenizer.json"
    if made.exists():
        shutil.copyfile(made, part / made.name)
        return
    import transformers

    transformers.WhisperTokenizerFast.from_pretrained(str(source)).backend_tokenizer.save(
        str(part / made.name)
    )


def _features(source: Path, part: Path) -> None:
    """Copy preprocessor_config.json, or make it: without it 80 mel bands would be assumed."""
    made = source / "preprocessor_config.json"
    if made.exists():
        shutil.copyfile(made, part / made.name)
        return
    import transformers

    bands = json.loads((source / "config.json").read_bytes()).get("num_mel_bins", 80)
    transformers.WhisperFeatureExtractor(feature_size=bands).save_pretrained(str(part))


def _sign(conversion: Conversion, part: Path) -> None:
    """Write the stamp, and the manifest by which the folder counts as whole."""
    source, now = conversion.source, datetime.now(UTC)
    names = [path.name for path in part.iterdir()]
    contents = choose(names, "ctranslate2", f"the conversion of {source.name!r}")
    hashes = {name: sha256_of(part / name) for name in contents.files}
    records = {
        name: FileRecord(size=(part / name).stat().st_size, sha256=sha256, source="computed")
        for name, sha256 in hashes.items()
    }
    write_stamp(part, hashes, contents.files)
    write_manifest(
        part,
        Manifest(
            model=source.name,
            repo=str(source.path),
            revision=source.revision,
            layout="ctranslate2",
            files=records,
            created_at=now,
            last_used=now,
            converted_from=source.digest,
        ),
    )
