"""A language model in this process, from its folder to its answer."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hansard.errors import (
    Cancelled,
    EngineError,
    LanguageModelError,
    MemoryExhaustedError,
    ModelDamagedError,
)
from hansard.models.hub import ModelFiles
from hansard.models.llm import Ask, Generation, LanguageModelPlace, LlmOptions, Message
from hansard.models.llm.local.failures import failing_to_answer, failing_to_load
from hansard.models.llm.shapes.schemas import problems_of
from hansard.models.llm.transformers import SPEC
from hansard.testing.language_models import Shape, make_language_model

pytestmark = pytest.mark.torch

ASK = Ask(messages=[Message("system", "You write."), Message("user", "the quick brown fox")])
SHORT = Generation(max_tokens=30)
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "points": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string", "minLength": 1},
                    "owner": {"type": ["string", "null"]},
                    "größe": {"enum": ["klein", "groß"]},
                },
                "required": ["text", "owner", "größe"],
                "additionalProperties": False,
            },
        },
        "count": {"type": "integer", "minimum": 0},
    },
    "required": ["title", "points", "count"],
    "additionalProperties": False,
}


def place_of(folder: Path, **options: Any) -> LanguageModelPlace:
    files = ModelFiles(name="tiny", path=folder, layout="transformers", size=1000, digest="ab12")
    return LanguageModelPlace(options=LlmOptions(**options), model="tiny", files=files)


def load(folder: Path, **options: Any) -> Any:
    for library in ("torch", "transformers", "llguidance"):
        pytest.importorskip(library)
    return SPEC.load(place_of(folder, **options))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A tiny model, loaded."""
    made = load(make_language_model(tmp_path_factory.mktemp("llm") / "tiny", seed=1))
    yield made
    made.close()


def test_a_model_says_what_it_is(model: Any) -> None:
    """Back end, versions, digest, context, precision, template and how JSON is kept are known."""
    info = model.info
    assert (info.name, info.model, info.digest, info.context) == (
        "transformers",
        "tiny",
        "ab12",
        2048,
    )
    assert all(name in info.version for name in ("transformers 5", "torch 2", "llguidance 1"))
    assert (info.quantization, info.chat_template) == ("float32", "model")
    assert (info.structured_output, info.reasoning_parser) == ("llguidance", "tags")
    assert info.defaults == Generation()


def test_an_answer_costs_what_it_takes(model: Any) -> None:
    """Tokens of prompt and answer are counted, and a limit is kept and told."""
    reply = model.complete(ASK, SHORT)
    assert reply.usage.requests == 1
    assert reply.usage.prompt_tokens > 10
    assert reply.usage.completion_tokens == 30
    assert not reply.finished
    assert "<|" not in reply.text


def test_greedy_is_the_default(model: Any) -> None:
    """Without a temperature the likeliest token is taken, each time; a temperature of 0 is that."""
    first = model.complete(ASK, SHORT).text
    assert model.complete(ASK, SHORT).text == first
    assert model.complete(ASK, replace(SHORT, temperature=0.0, top_p=0.1)).text == first
    assert model.complete(ASK, replace(SHORT, temperature=2.0, top_k=1)).text == first


def test_sampling_can_be_repeated(model: Any) -> None:
    """With a temperature the answer is another than the greedy one, and the same each time."""
    import torch

    warm = replace(SHORT, temperature=1.5)
    first = model.complete(ASK, warm).text
    torch.manual_seed(99)
    before = torch.random.get_rng_state()
    assert model.complete(ASK, warm).text == first
    assert torch.equal(torch.random.get_rng_state(), before)
    assert first != model.complete(ASK, SHORT).text
    assert first != model.complete(ASK, replace(warm, top_p=0.3)).text


def test_a_penalty_is_heard(model: Any) -> None:
    """A repetition penalty changes what is written."""
    plain = model.complete(ASK, SHORT).text
    assert model.complete(ASK, replace(SHORT, repetition_penalty=1.8)).text != plain


def test_the_models_own_settings_come_after_what_is_asked(tmp_path: Path, model: Any) -> None:
    """generation_config.json decides what the caller leaves open, and nothing else."""
    said = {"do_sample": True, "temperature": 1.5, "max_new_tokens": 7, "top_k": 50}
    own = load(make_language_model(tmp_path / "warm", seed=1, generation=said))
    assert own.info.defaults == Generation(temperature=1.5, max_tokens=7, top_k=50)
    assert own.complete(ASK, Generation()).usage.completion_tokens == 7
    greedy = own.complete(ASK, replace(SHORT, temperature=0.0)).text
    assert greedy == model.complete(ASK, SHORT).text
    assert own.complete(ASK, SHORT).text != greedy
    own.close()


@pytest.mark.parametrize("temperature", [None, 1.0])
def test_even_noise_fits_the_schema(temperature: float | None, tmp_path: Path) -> None:
    """Models with random weights give valid JSON, short and long, greedily and sampling."""
    ask = replace(ASK, schema=SCHEMA)
    for seed in range(5):
        noisy = load(make_language_model(tmp_path / f"{seed}", seed=seed))
        for limit in (150, 300):
            wanted = Generation(max_tokens=limit, temperature=temperature, top_k=40, top_p=0.9)
            reply = noisy.complete(ask, wanted)
            assert problems_of(json.loads(reply.text), SCHEMA) == ()
            assert reply.usage.completion_tokens <= limit
        noisy.close()


def test_an_answer_that_was_brought_to_its_end_says_so(model: Any) -> None:
    """JSON that the budget made shorter is valid and not finished; without room it is no JSON."""
    ask = replace(ASK, schema={"type": "string", "minLength": 20})
    reply = model.complete(ask, Generation(max_tokens=60, temperature=1.0))
    assert isinstance(json.loads(reply.text), str)
    assert not reply.finished
    cut = model.complete(replace(ASK, schema=SCHEMA), Generation(max_tokens=5))
    assert not cut.finished
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        json.loads(cut.text)
    whole = model.complete(replace(ASK, schema={"enum": ["only this"]}), Generation())
    assert (whole.text, whole.finished) == ('"only this"', True)


def test_a_prompt_that_does_not_fit_is_refused(model: Any) -> None:
    """A prompt is never cut; what the context leaves bounds the answer."""
    words = "the quick brown fox " * 520
    with pytest.raises(LanguageModelError, match=r"\d+ tokens, and the 2048 tokens of context"):
        model.complete(Ask(messages=[Message("user", words)]), SHORT)
    long = Ask(messages=[Message("user", "the quick brown fox " * 450)])
    reply = model.complete(long, Generation(max_tokens=100_000))
    assert reply.usage.prompt_tokens + reply.usage.completion_tokens <= 2048


def test_long_prompts_are_read_in_parts_with_the_same_result(model: Any) -> None:
    """A prompt of more than 512 tokens, read in parts, gives the answer of one read whole."""
    import torch

    messages = [Message("user", "the quick brown fox jumps over the project " * 150)]
    reply = model.complete(Ask(messages=messages), SHORT)
    assert reply.usage.prompt_tokens > 1024
    parts = model._parts
    ids = torch.tensor([parts.chat.tokens(messages, None)])
    made = parts.model.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=30, do_sample=False,
        eos_token_id=list(parts.ends), pad_token_id=0,
    )  # fmt: skip
    said = parts.tokenizer.decode(made[0, ids.shape[1] :], skip_special_tokens=True)
    assert reply.text == said.strip()


@pytest.mark.parametrize("after", [0, 1, 2, 9])
def test_it_stops_when_told(after: int, model: Any) -> None:
    """A caller who has had enough is heard before and between tokens; the next one is served."""
    asked = iter(range(1000))
    with pytest.raises(Cancelled):
        model.complete(ASK, Generation(max_tokens=500), lambda: next(asked) >= after)
    assert next(asked) < after + 5
    assert model.complete(ASK, SHORT).text


def test_one_who_waits_can_leave(model: Any) -> None:
    """While another has its turn, a caller who gives up does not wait any longer."""
    begun, go = threading.Event(), threading.Event()

    def hold() -> bool:
        begun.set()
        go.wait()
        return False

    replies = []
    first = threading.Thread(target=lambda: replies.append(model.complete(ASK, SHORT, hold)))
    first.start()
    begun.wait()
    with pytest.raises(Cancelled):
        model.complete(ASK, SHORT, lambda: True)
    go.set()
    first.join()
    assert replies[0].usage.completion_tokens == 30


def test_several_threads_get_their_own_answers(model: Any) -> None:
    """Questions asked at once are answered as if they were asked one by one."""
    asks = [Ask(messages=[Message("user", word)], schema=SCHEMA) for word in ("a", "fox", "10")]
    alone = [model.complete(ask, Generation(max_tokens=150)).text for ask in asks]
    together: dict[int, str] = {}

    def answer(number: int) -> None:
        together[number] = model.complete(asks[number], Generation(max_tokens=150)).text

    threads = [threading.Thread(target=answer, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[number] for number in range(3)] == alone


def test_time_runs_out(tmp_path: Path) -> None:
    """An answer that takes longer than llm_timeout is an error that says what to do."""
    slow = load(make_language_model(tmp_path / "slow"), llm_timeout=0.0)
    with pytest.raises(LanguageModelError, match="within 0 s") as caught:
        slow.complete(ASK, SHORT)
    assert "llm_timeout" in caught.value.hint
    slow.close()


def test_thoughts_are_taken_out(model: Any, tmp_path: Path) -> None:
    """What a model thinks is no part of its answer, unless it is asked for as it comes."""
    from hansard.models.llm.local.run import Said

    parts = model._parts
    said = Said([*parts.tokenizer("<think>no</think>yes")["input_ids"], 2], hurried=False)
    assert model._read(parts, said, None) == ("yes", True)
    raw = load(make_language_model(tmp_path / "raw"), llm_reasoning_parser="none")
    assert raw._read(raw._parts, said, None) == ("<think>no</think>yes", True)
    assert raw.info.reasoning_parser is None
    raw.close()


def test_a_base_model_stops_before_the_other_side_speaks(tmp_path: Path) -> None:
    """Without a chat template the answer ends where the model goes on with `User:`."""
    from hansard.models.llm.local.run import Said

    base = load(make_language_model(tmp_path / "base", template=None))
    assert base.info.chat_template == "plain"
    assert base.complete(ASK, SHORT).usage.completion_tokens <= 30
    said = Said(base._parts.tokenizer(" It is so.\n\nUser: more")["input_ids"], hurried=False)
    assert base._read(base._parts, said, None) == ("It is so.", True)
    base.close()


def test_a_model_that_names_no_end_is_held_to_a_schema_all_the_same(tmp_path: Path) -> None:
    """Where nothing says which token ends an answer, the schema does."""
    folder = make_language_model(tmp_path / "endless")
    for name in ("config.json", "generation_config.json", "tokenizer_config.json"):
        content = json.loads((folder / name).read_text())
        kept = {key: value for key, value in content.items() if not key.startswith("eos")}
        (folder / name).write_text(json.dumps(kept))
    (folder / "special_tokens_map.json").unlink()
    endless = load(folder)
    reply = endless.complete(replace(ASK, schema=SCHEMA), Generation(max_tokens=200))
    assert problems_of(json.loads(reply.text), SCHEMA) == ()
    endless.close()


def test_shards_and_half_precision_are_read(tmp_path: Path) -> None:
    """Weights in several files load as one, in the precision that is asked for."""
    folder = make_language_model(tmp_path / "shards", seed=1, shards=3)
    half = load(folder, llm_dtype="bfloat16")
    assert half.info.quantization == "bfloat16"
    assert half.complete(ASK, SHORT).usage.completion_tokens == 30
    half.close()


def test_an_unloaded_model_says_so(tmp_path: Path) -> None:
    """After close nothing is kept, and a question is an error."""
    gone = load(make_language_model(tmp_path / "gone"))
    assert gone.count_tokens("the quick brown fox") == 4
    gone.close()
    with pytest.raises(LanguageModelError, match="unloaded"):
        gone.complete(ASK, SHORT)


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("model.safetensors", b"\x00" * 64, "cannot be loaded"),
        ("tokenizer.json", b"{}", "cannot be loaded"),
        ("generation_config.json", b'{"temperature": "hot"}', "hot"),
        ("config.json", b"{", r"config\.json"),
    ],
)
def test_damaged_files_are_named(name: str, content: bytes, match: str, tmp_path: Path) -> None:
    """Whatever is broken in a model's folder, the error names the model and says what to do."""
    folder = make_language_model(tmp_path / "broken")
    (folder / name).write_bytes(content)
    with pytest.raises(ModelDamagedError, match=match) as caught:
        load(folder)
    assert caught.value.hint


def test_missing_weights_are_not_made_up(tmp_path: Path) -> None:
    """A model of which weights are missing is refused, where transformers would draw them."""
    folder = make_language_model(tmp_path / "half")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 3}))
    with pytest.raises(ModelDamagedError, match="lacks 9 of its weights"):
        load(folder)


def test_code_that_comes_with_a_model_is_not_run(tmp_path: Path) -> None:
    """A model of a kind that only its own code knows is refused, and the code stays untouched."""
    folder = make_language_model(tmp_path / "foreign")
    config = json.loads((folder / "config.json").read_text())
    own = {"auto_map": {"AutoConfig": "foreign.C", "AutoModelForCausalLM": "foreign.M"}}
    config |= {"model_type": "unheard-of", **own}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "foreign.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(ModelDamagedError, match="cannot be loaded"):
        load(folder)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), MemoryExhaustedError),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), MemoryExhaustedError),
        (MemoryError(), MemoryExhaustedError),
        (RuntimeError("shapes do not match"), LanguageModelError),
        (ValueError("odd"), LanguageModelError),
        (Cancelled(), Cancelled),
    ],
)
def test_failures_have_names(error: Exception, expected: type[Exception]) -> None:
    """Out of memory is told from other failures, and what is ours passes as it is."""
    with pytest.raises(expected), failing_to_answer("tiny"):
        raise error


def test_a_missing_library_is_no_damage(tmp_path: Path) -> None:
    """A quantised model whose library is absent is told apart from a damaged one."""
    files = place_of(tmp_path).files
    assert files is not None
    with pytest.raises(EngineError, match="needs gptqmodel"), failing_to_load(files):
        raise ImportError("needs gptqmodel")


def test_nothing_is_printed(tmp_path: Path) -> None:
    """Loading and answering write neither bars nor warnings to the screen."""
    pytest.importorskip("torch")
    pytest.importorskip("llguidance")
    said = {"do_sample": False, "temperature": 0.6, "top_p": 0.9, "max_length": 20}
    folder = make_language_model(tmp_path / "q", generation=said, shape=Shape(context=1024))
    code = (
        "import sys\nfrom pathlib import Path\nfrom hansard.models.hub import ModelFiles\n"
        "from hansard.models.llm import *\nfrom hansard.models.llm.transformers import SPEC\n"
        "files = ModelFiles(name='t', path=Path(sys.argv[1]), layout='transformers')\n"
        "model = SPEC.load(LanguageModelPlace(options=LlmOptions(), files=files))\n"
        "ask = Ask(messages=[Message('user', 'hi')], schema={'type': 'boolean'})\n"
        "assert model.complete(ask, Generation(temperature=0.5)).text in ('true', 'false')\n"
        "model.complete(Ask(messages=ask.messages), Generation(max_tokens=5))\nmodel.close()\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "default", "-c", code, str(folder)], capture_output=True, check=True
    )
    assert (done.stdout, done.stderr) == (b"", b"")
