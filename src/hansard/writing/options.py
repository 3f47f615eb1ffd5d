"""What may be asked of clean-up, summaries and answers, for each job."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Interval

from hansard.models.llm.options import Count, Generation, Penalty, Share, Temperature, Tokens


@dataclass(frozen=True, kw_only=True)
class CleanOptions:
    """How text without punctuation is made readable."""

    clean_temperature: Temperature = None
    """Sampling temperature of clean-up; by default what the model's own configuration says."""
    clean_top_p: Share = None
    """Probability mass to sample from at clean-up; by default as the model's configuration."""
    clean_top_k: Count = None
    """Tokens to sample from at clean-up; by default as the model's configuration."""
    clean_max_tokens: Tokens = None
    """The longest answer of clean-up in tokens; by default what the text needs."""
    clean_repetition_penalty: Penalty = None
    """Penalty for repeated tokens at clean-up; by default as the model's configuration."""
    clean_limit: Annotated[float, Interval(ge=0, le=1)] = 0.15
    """The share of a segment's meaning-bearing words that clean-up may change; a rewrite that
    changes more is rejected, and the segment stays as it was recognised."""

    @property
    def clean_generation(self) -> Generation:
        """What was asked for."""
        return Generation(
            temperature=self.clean_temperature,
            top_p=self.clean_top_p,
            top_k=self.clean_top_k,
            max_tokens=self.clean_max_tokens,
            repetition_penalty=self.clean_repetition_penalty,
        )


@dataclass(frozen=True, kw_only=True)
class SummaryOptions:
    """How summaries and answers are written."""

    summary_temperature: Temperature = None
    """Sampling temperature of summaries; by default what the model's own configuration says."""
    summary_top_p: Share = None
    """Probability mass to sample from for summaries; by default as the model's configuration."""
    summary_top_k: Count = None
    """Tokens to sample from for summaries; by default as the model's configuration."""
    summary_max_tokens: Tokens = None
    """The longest summary in tokens; by default a quarter of the context."""
    summary_repetition_penalty: Penalty = None
    """Penalty for repeated tokens in summaries; by default as the model's configuration."""
    summary_check: Literal["lexical", "model"] = "lexical"
    """How each point is held against the segments that it rests on: by its words, or by asking the
    language model as well."""

    @property
    def summary_generation(self) -> Generation:
        """What was asked for."""
        return Generation(
            temperature=self.summary_temperature,
            top_p=self.summary_top_p,
            top_k=self.summary_top_k,
            max_tokens=self.summary_max_tokens,
            repetition_penalty=self.summary_repetition_penalty,
        )


@dataclass(frozen=True, kw_only=True)
class TemplateOptions:
    """Where templates of summaries are."""

    templates_dir: Path | None = None
    """A folder with own templates, each a folder `ID/` with `schema.json` and `prompt.jinja`; they
    come before those that Hansard has."""
