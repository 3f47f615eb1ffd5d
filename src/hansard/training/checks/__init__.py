"""Whether data is fit to learn from: faults, duplicates, parts for training and test, balance.

manifest ─ validate ─ what is wrong with each entry        validation_report.json
uploads  ─ search ─ resolve ─ what is there twice          duplicates_report.json
manifest ─ split ─ parts that share no speaker             splits/split.json
manifest ─ audit ─ what there is too much or too little of dataset_balance.json
"""

from hansard.training.checks.auditing import audit
from hansard.training.checks.deduping import Outcome, Search, resolve, search, write_reports
from hansard.training.checks.parting import part
from hansard.training.checks.scoring import Match, Scorer
from hansard.training.checks.splitting import Split, Wanted, split
from hansard.training.checks.validating import Means, validate
from hansard.training.checks.values import Checked, Finding, Limits

__all__ = [
    "Checked",
    "Finding",
    "Limits",
    "Match",
    "Means",
    "Outcome",
    "Scorer",
    "Search",
    "Split",
    "Wanted",
    "audit",
    "part",
    "resolve",
    "search",
    "split",
    "validate",
    "write_reports",
]
