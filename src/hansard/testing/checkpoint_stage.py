"""Writing a script into the weights of a Whisper, at full size and through no back door.

The random weights stay, so every matrix product costs what it costs; only what they add to the
residual stream is small. On top of them:

* a token's embedding is its own direction; the directions of scripted tokens are orthogonal;
* the last feed-forward layer is a memory (Geva et al. 2021, arXiv 2012.14913): each hidden unit
  fires for one rule's token and conditions and writes the direction of what comes next;
* one self-attention head of the first layer per fact of the prompt looks for the token that settles
  it (`<|translate|>`, `<|notimestamps|>`) and writes a sign into a reserved channel;
* one cross-attention head of the last layer looks at the frame at which a token was said.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hansard.errors import UsageError
from hansard.testing.checkpoint_script import LOGIT, REST, TASK, TIMES, Rule
from hansard.testing.checkpoint_vocabulary import Vocabulary
from hansard.testing.checkpoint_weights import FRAMES, POSITIONS, Array, Weights, WhisperShape
from hansard.transcript.spans import Seconds

CLOCK_RATES = (1, 4, 16)
"""Quarter turns per window of the hands that tell the time of a token or a frame."""
CLOCK = slice(0, 6)
"""Reserved channels: sine and cosine of each hand."""
RESERVED = 14
OTHERS = 0.1
"""How large the embeddings of tokens outside the script are."""
SEEK_SCORE = 16.0
"""The attention score of a settling token over all others, whose score is 0."""
HAND_SCORE = 8.0
"""What each hand adds to the attention score where it points to the same time."""
SIGN = 0.5
"""The size of a settled fact's sign, in units of a token's embedding."""
MEMORY_GAIN = 20.0
"""How far a hidden unit of the memory is above 0 per unit of agreement."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of the prompt, the head that finds it and the channels that carry it."""

    head: int
    settles: Mapping[int, tuple[float, float]]
    """Token -> how loudly it asks to be looked at (the loudest wins), and its sign."""
    key: int
    value: int
    sign: int


def plan_facts(vocabulary: Vocabulary) -> dict[str, Fact]:
    """Where the two facts of a prompt are read and kept."""
    special = vocabulary.special
    times = {special("startoftranscript"): (1.0, 1.0), special("notimestamps"): (2.0, -1.0)}
    task = {special("transcribe"): (1.0, -1.0), special("translate"): (1.0, 1.0)}
    return {TASK: Fact(0, task, 8, 9, 10), TIMES: Fact(1, times, 11, 12, 13)}


def write_script(
    weights: Weights, shape: WhisperShape, vocabulary: Vocabulary, rules: tuple[Rule, ...]
) -> None:
    """Change `weights`, which were drawn with a small gain, so that they follow `rules`.

    Raises:
        UsageError: the shape is too narrow for so many scripted tokens.
    """
    facts = plan_facts(vocabulary)
    ways = plan_directions(shape.width, rules, facts)
    last = shape.decoder_layers - 1
    write_embeddings(weights, ways, facts)
    keep_reserved(weights)
    for fact in facts.values():
        write_fact(weights, shape, fact)
    write_memory(weights, f"model.decoder.layers.{last}", rules, (ways, facts))
    weights["model.decoder.layer_norm.weight"][:] = LOGIT / shape.width


def unit(width: int, times: float) -> np.float32:
    """The length of `times` token embeddings: one has as much in every channel as a layer norm."""
    return np.float32(times * width**0.5)


def plan_directions(
    width: int, rules: tuple[Rule, ...], facts: Mapping[str, Fact]
) -> dict[int, Array]:
    """A direction for every token of the script: orthonormal, mean 0, nothing in reserved."""
    tokens = {token for rule in rules for token, _ in rule.says}
    tokens |= {rule.token for rule in rules if rule.token is not None}
    tokens |= {token for fact in facts.values() for token in fact.settles}
    if len(tokens) > width - RESERVED - 1:
        raise UsageError(
            f"a script of {len(tokens)} tokens in a checkpoint of width {width}",
            hint=f"at most {width - RESERVED - 1} fit",
        )
    rng = np.random.default_rng(len(tokens))
    free = rng.standard_normal((width - RESERVED, len(tokens) + 1))
    free[:, 0] = 1  # the first direction is the mean; the others come out orthogonal to it
    basis = np.linalg.qr(free)[0].T[1:]
    padded = np.pad(basis, ((0, 0), (RESERVED, 0))).astype(np.float32)
    return dict(zip(sorted(tokens), padded, strict=True))


def write_embeddings(
    weights: Weights, ways: Mapping[int, Array], facts: Mapping[str, Fact]
) -> None:
    """Scripted tokens get their direction, the rest stay random and are made small."""
    table = weights["model.decoder.embed_tokens.weight"]
    width = table.shape[1]
    table *= np.float32(OTHERS / 0.02)
    table[:, :RESERVED] = 0
    for token, way in ways.items():
        if token != REST:
            table[token] = unit(width, 1) * way
    for fact in facts.values():
        for token, (loudness, sign) in fact.settles.items():
            table[token, fact.key] = unit(width, 0.2 * loudness)
            table[token, fact.value] = unit(width, 0.4 * sign)
    weights["model.decoder.embed_positions.weight"][:] = 0


def keep_reserved(weights: Weights) -> None:
    """Nothing random is added to the reserved channels."""
    for name, array in weights.items():
        if name.startswith("model.encoder.conv2") or "out_proj" in name or "fc2" in name:
            array[:RESERVED] = 0


def write_fact(weights: Weights, shape: WhisperShape, fact: Fact) -> None:
    """A head of the first layer that looks at the settling token and keeps its sign."""
    attention = "model.decoder.layers.0.self_attn"
    size = shape.width // shape.heads
    head = slice(fact.head * size, (fact.head + 1) * size)
    first = fact.head * size
    for part in ("q_proj", "k_proj", "v_proj"):
        weights[f"{attention}.{part}.weight"][head] = 0
    for part in ("q_proj", "v_proj"):
        weights[f"{attention}.{part}.bias"][head] = 0
    weights[f"{attention}.out_proj.weight"][:, head] = 0
    quiet = min(fact.settles, key=lambda token: fact.settles[token][0])
    seen = layer_norm(weights["model.decoder.embed_tokens.weight"][quiet])
    weights[f"{attention}.q_proj.bias"][first] = size**0.5
    weights[f"{attention}.k_proj.weight"][first, fact.key] = SEEK_SCORE / seen[fact.key]
    weights[f"{attention}.v_proj.weight"][first, fact.value] = 1
    gain = unit(shape.width, SIGN) / abs(seen[fact.value])
    weights[f"{attention}.out_proj.weight"][fact.sign, first] = gain


def write_memory(
    weights: Weights,
    layer: str,
    rules: tuple[Rule, ...],
    stage: tuple[Mapping[int, Array], Mapping[str, Fact]],
) -> None:
    """One hidden unit of the feed-forward layer for each rule."""
    ways, facts = stage
    fc1, bias = weights[f"{layer}.fc1.weight"], weights[f"{layer}.fc1.bias"]
    fc2 = weights[f"{layer}.fc2.weight"]
    width = fc1.shape[1]
    # The hidden state holds a token (1), the time (0.5) and two signs (SIGN each): see write_clock.
    scale = 1 / (1 + 0.5**2 + 2 * SIGN**2) ** 0.5
    for number, rule in enumerate(rules):
        key = np.zeros(width, np.float32) if rule.token is None else ways[rule.token].copy()
        for name, sign in rule.when:
            key[facts[name].sign] = sign
        agreement = scale * ((rule.token is not None) + SIGN * len(rule.when))
        slack = 0.8 * scale * SIGN
        fc1[number] = np.float32(MEMORY_GAIN / width**0.5) * key
        bias[number] = np.float32(-MEMORY_GAIN * (agreement - slack))
        pull = sum(np.float32(weight) * ways[token] for token, weight in rule.says)
        fc2[:, number] = unit(width, 1) * pull / np.float32(MEMORY_GAIN * slack)


def write_clock(
    weights: Weights, shape: WhisperShape, first: int, times: tuple[Seconds, ...]
) -> None:
    """The alignment head: what is predicted at position `first + n` was said at `times[n]`.

    The last of `times` is the end of the text. Attention moves on half-way between two times, so
    the end is looked for as much behind the last word's end as its middle lies before it; where no
    window is left there, nowhere near, so that the last word lasts to the end of the window.
    """
    *middles, end = times
    behind = 2 * end - middles[-1]
    aims = [*middles, behind if behind < 30 else 0.0]
    places = np.clip(np.arange(POSITIONS) - first, 0, len(aims) - 1)
    share = np.array(aims)[places] / 30
    hand = float(unit(shape.width, 0.5)) / len(CLOCK_RATES) ** 0.5
    weights["model.decoder.embed_positions.weight"][:, CLOCK] = hand * hands(share)
    frames = weights["model.encoder.embed_positions.weight"]
    frames *= np.float32(0.25)
    frames[:, :RESERVED] = 0
    frames[:, CLOCK] = 6 * hands(np.arange(FRAMES) / FRAMES)
    write_alignment_head(weights, shape, hand)


def write_alignment_head(weights: Weights, shape: WhisperShape, hand: float) -> None:
    """Head 0 of the last layer's cross-attention compares the two clocks."""
    attention = f"model.decoder.layers.{shape.decoder_layers - 1}.encoder_attn"
    size = shape.width // shape.heads
    places = weights["model.encoder.embed_positions.weight"]
    loudness = 6 / float(np.std(places[0]))
    # As in write_memory: the hidden state's length when the queries are made.
    spoken = hand / (1 + 0.5**2 + 2 * SIGN**2) ** 0.5
    match = (HAND_SCORE * size**0.5 / (loudness * spoken)) ** 0.5
    for part in ("q_proj", "k_proj"):
        weight = weights[f"{attention}.{part}.weight"]
        weight[:size] = 0
        weight[np.arange(6), np.arange(6)] = match
    weights[f"{attention}.q_proj.bias"][:size] = 0


def hands(share: "np.typing.NDArray[np.float64]") -> Array:
    """Sine and cosine of each hand at these shares of the window, [n, 8]."""
    angles = share[:, None] * np.array(CLOCK_RATES)[None, :] * (np.pi / 2)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)


def layer_norm(row: Array) -> Array:
    """A row as a layer norm with gain 1 passes it on."""
    centred: Array = row - row.mean()
    return centred / np.float32(centred.std())
