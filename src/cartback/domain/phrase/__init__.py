"""Conditions and explanations in words, for people: English and Korean."""

from cartback.domain.phrase.decision import told
from cartback.domain.phrase.names import NO_NAMES, Language, Names
from cartback.domain.phrase.permission import permission, rule_name
from cartback.domain.phrase.sentences import (
    describe,
    fault_at,
    fault_text,
    kept_text,
    outline,
    sentence,
    tree_text,
)

__all__ = [
    "NO_NAMES",
    "Language",
    "Names",
    "describe",
    "fault_at",
    "fault_text",
    "kept_text",
    "outline",
    "permission",
    "rule_name",
    "sentence",
    "told",
    "tree_text",
]
