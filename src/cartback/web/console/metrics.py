"""What metrics are called on a page: the standard ones in the visitor's language."""

from cartback.domain.phrase import Language
from cartback.domain.phrase.korean_words import METRICS


def metric_name(metric: str, language: Language) -> str:
    """A standard metric's name in the language; any other as its sender wrote it."""
    return METRICS.get(metric, metric) if language == Language.KOREAN else metric
