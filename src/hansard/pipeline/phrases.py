"""Phrases that Whisper is known to write over silence and music, by language.

They only flag: people do thank each other for watching. Gathered from public issue reports.
"""

KNOWN: dict[str, tuple[str, ...]] = {
    "bs": ("hvala što pratite", "titlovao"),
    "cs": ("titulky vytvořil johnyx", "děkuji za pozornost"),
    "de": (
        "untertitel der amara.org-community",
        "untertitel im auftrag des zdf",
        "vielen dank fürs zuschauen",
        "copyright wdr",
    ),
    "en": (
        "thanks for watching",
        "thank you for watching",
        "please subscribe",
        "like and subscribe",
        "subtitles by the amara.org community",
        "transcribed by https://otter.ai",
    ),
    "es": ("subtítulos realizados por la comunidad de amara.org", "gracias por ver el video"),
    "fr": ("sous-titres réalisés par la communauté d'amara.org", "merci d'avoir regardé"),
    "hr": ("hvala što pratite", "titlovi"),
    "it": ("sottotitoli creati dalla comunità amara.org", "grazie per aver guardato"),
    "ja": ("ご視聴ありがとうございました",),
    "ko": ("시청해주셔서 감사합니다",),
    "nl": ("ondertitels ingediend door de amara.org gemeenschap", "bedankt voor het kijken"),
    "pl": ("napisy stworzone przez społeczność amara.org", "dziękuję za uwagę"),
    "pt": ("legendas pela comunidade amara.org", "obrigado por assistir"),
    "ru": ("субтитры сделал dimatorzok", "продолжение следует"),
    "sr": ("hvala što pratite", "хвала што пратите"),
    "zh": ("字幕由amara.org社区提供", "请不吝点赞"),
}


def is_known_invention(text: str, language: str | None) -> bool:
    """True where a segment holds little more than such a phrase."""
    said = text.casefold().strip(" .!…♪")
    return any(
        phrase in said and len(said) <= 2 * len(phrase) for phrase in KNOWN.get(language or "", ())
    )
