"""Guesses of tokens are rather too high."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.models.llm.tokens import estimate_tokens

# Counted with the vocabulary of 50,000 tokens of OpenAI's multilingual Whisper models.
COUNTED = """
42 | So what we decided yesterday is that the migration to the new database will start on Monday, \
and Petra's team is going to prepare the rollback plan before that. I don't think anybody objected.
69 | Päätimme eilen, että siirtyminen uuteen tietokantaan alkaa maanantaina, ja Petran ryhmä \
valmistelee sitä ennen palautussuunnitelman. Kukaan ei tainnut vastustaa epäjärjestelmällisyyttä.
49 | Вчера мы решили, что переход на новую базу данных начнётся в понедельник, а команда Петры \
до этого подготовит план отката. Кажется, никто не возражал.
126 | हमने कल फैसला किया कि नए डेटाबेस में स्थानांतरण सोमवार से शुरू होगा, \
और पेट्रा की टीम उससे पहले वापसी की योजना तैयार करेगी।
63 | 我们昨天决定，新数据库的迁移将于星期一开始，\
佩特拉的团队将在此之前准备回滚计划。我认为没有人反对。
47 | 어제 우리는 새 데이터베이스로의 이전을 월요일에 시작하기로 결정했고, \
페트라 팀이 그 전에 롤백 계획을 준비할 것입니다.
116 | ትናንት ወደ አዲሱ የውሂብ ጎታ የሚደረገው ሽግግር ሰኞ እንዲጀምር ወስነናል።
27 | [00:12:45] 1234567 + 89 = 3.14159 (call +49 170 1234567)
"""  # noqa: RUF001 - other alphabets have letters that look alike


@pytest.mark.parametrize("line", COUNTED.strip().splitlines())
def test_no_script_is_counted_too_low(line: str) -> None:
    """The guess is at least what a real tokenizer of few languages counts."""
    counted, _, text = line.partition(" | ")
    assert int(counted) <= estimate_tokens(text) <= 4 * int(counted)


@given(st.text(max_size=200), st.text(max_size=200))
def test_a_longer_text_never_takes_less(one: str, other: str) -> None:
    """Adding text adds tokens, and no text takes more than its bytes."""
    both = estimate_tokens(one + " " + other)
    assert max(estimate_tokens(one), estimate_tokens(other)) <= both
    assert both <= len((one + " " + other).encode(errors="replace")) + both // 2


def test_nothing_takes_nothing() -> None:
    """An empty text has no tokens."""
    assert estimate_tokens("") == 0
