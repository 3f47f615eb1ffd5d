"""A tokeniser with more pieces: byte-pair merges learnt from a text, on top of those it has.

A tokeniser of English pieces writes other languages letter by letter, some letters as two bytes,
and a space before such a letter as a token of its own, which decoders are not allowed to begin
with. New pieces stand behind the old ones and before the special tokens, which move up. In the
model the row of a new piece begins as the mean of its two parts.

Method: byte-pair encoding, Sennrich, Haddow and Birch 2016.
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

Pair = tuple[str, str]
_IDS = (
    "bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id",
    "no_timestamps_token_id", "prev_sot_token_id",
)  # fmt: skip
_LISTS = ("suppress_tokens", "begin_suppress_tokens")
ALWAYS: tuple[Pair, ...] = (("Ġ", "-"), ("Ġ", "'"), ("Ġ", "â"))
"""The first pieces of " -", " '" and " ♪", which faster-whisper never lets a model write: without
pieces of their own that would be the lone space, with which many words of few pieces begin."""
_EMBEDDING = "model.decoder.embed_tokens.weight"


def grow(start: Path, target: Path, texts: Iterable[str], pieces: int) -> int:
    """Copy the model in `start` to `target` with up to `pieces` more; returns how many came."""
    shutil.copytree(start, target, dirs_exist_ok=True)
    path = target / "tokenizer.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    words = _count_words(Tokenizer.from_file(str(path)), texts)
    old = dict(told["model"]["vocab"])
    added = {token["content"]: token["id"] for token in told["added_tokens"]}
    text_size = min(added.values())
    merges = [pair for pair in ALWAYS if pair[0] + pair[1] not in old]
    known = set(old) | {left + right for left, right in merges}
    merges += learn(words, pieces - len(merges), known)
    _write_tokenizer(path, told, (merges, text_size))
    _write_lists(target, merges, text_size)
    weights = load_file(target / "model.safetensors")
    weights[_EMBEDDING] = _widen(weights[_EMBEDDING], merges, old, text_size)
    save_file(weights, target / "model.safetensors", metadata={"format": "pt"})
    for name in ("config.json", "generation_config.json"):
        _shift(target / name, text_size, len(merges))
    return len(merges)


def learn(words: Mapping[tuple[str, ...], int], pieces: int, known: set[str]) -> list[Pair]:
    """The merges, in order, that shorten these words most; none makes a piece that is known."""
    counted = Counter(words)
    merges: list[Pair] = []
    while len(merges) < pieces:
        pairs: Counter[Pair] = Counter()
        for word, times in counted.items():
            for pair in pairwise(word):
                if pair[0] + pair[1] not in known:
                    pairs[pair] += times
        if not pairs:
            break
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append(best)
        known.add(best[0] + best[1])
        merged: Counter[tuple[str, ...]] = Counter()
        for word, times in counted.items():
            merged[_merge(word, best)] += times
        counted = merged
    return merges


def _merge(word: tuple[str, ...], pair: Pair) -> tuple[str, ...]:
    if pair[0] not in word:
        return word
    made: list[str] = []
    place = 0
    while place < len(word):
        if word[place : place + 2] == pair:
            made.append(pair[0] + pair[1])
            place += 2
        else:
            made.append(word[place])
            place += 1
    return tuple(made)


def _count_words(tokenizer: Tokenizer, texts: Iterable[str]) -> Counter[tuple[str, ...]]:
    """How often each word comes, as the pieces that it has now."""
    written: Counter[str] = Counter()
    for text in texts:
        split = tokenizer.pre_tokenizer.pre_tokenize_str(" " + text)
        written.update(word for word, _ in split)
    found: Counter[tuple[str, ...]] = Counter()
    for word, times in written.items():
        pieces = tuple(token.value for token in tokenizer.model.tokenize(word))
        found[pieces] += times
    return found


def _write_tokenizer(path: Path, told: Any, growth: tuple[Sequence[Pair], int]) -> None:
    merges, text_size = growth
    vocabulary = {
        name: number if number < text_size else number + len(merges)
        for name, number in told["model"]["vocab"].items()
    }
    for number, (left, right) in enumerate(merges, start=text_size):
        vocabulary[left + right] = number
    told["model"]["vocab"] = dict(sorted(vocabulary.items(), key=lambda item: item[1]))
    told["model"]["merges"] = [*told["model"]["merges"], *(list(pair) for pair in merges)]
    for token in told["added_tokens"]:
        token["id"] += len(merges)
    path.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


def _write_lists(folder: Path, merges: Sequence[Pair], text_size: int) -> None:
    path = folder / "vocab.json"
    old = json.loads(path.read_text(encoding="utf-8"))
    new = {n: i if i < text_size else i + len(merges) for n, i in old.items()}
    new |= {left + right: i for i, (left, right) in enumerate(merges, start=text_size)}
    path.write_text(json.dumps(new, ensure_ascii=False), encoding="utf-8")
    with (folder / "merges.txt").open("a", encoding="utf-8") as file:
        file.writelines(f"{left} {right}\n" for left, right in merges)


def _widen(rows: Any, merges: Sequence[Pair], old: Mapping[str, int], text_size: int) -> Any:
    import numpy as np

    known = {name: rows[number].astype("float32") for name, number in old.items()}
    fresh = []
    for left, right in merges:
        known[left + right] = (known[left] + known[right]) / 2
        fresh.append(known[left + right])
    new = np.stack(fresh).astype(rows.dtype) if fresh else rows[:0]
    return np.ascontiguousarray(np.concatenate([rows[:text_size], new, rows[text_size:]]))


def _shift(path: Path, text_size: int, count: int) -> None:
    told = json.loads(path.read_text(encoding="utf-8"))

    def moved(number: int) -> int:
        return number + count if number >= text_size else number

    for name in _IDS:
        if isinstance(told.get(name), int):
            told[name] = moved(told[name])
    for name in _LISTS:
        if told.get(name):
            told[name] = [moved(number) for number in told[name]]
    if "vocab_size" in told:
        told["vocab_size"] += count
    path.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
