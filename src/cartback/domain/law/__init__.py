"""What the law asks before something is sent: a file for each country or region, and no more."""

from cartback.domain.law.laws import law_of

__all__ = ["law_of"]
