"""The ready-made templates of e-mail, as the engine copies them."""

import msgspec

from cartback.channels.email.ready import ready
from cartback.engine.flow_start import MailLanguage, ReadyTemplate


def ready_template(key: str, language: MailLanguage) -> ReadyTemplate:
    """The template with that key in that language. Raises KeyError where there is none."""
    found = ready(key)
    return ReadyTemplate(found.title[language], msgspec.to_builtins(found.template(language)))
