"""Korean particles: which form follows a word depends on the sound in which the word ends.

주문이, 결제가; 3을, 2를; SMS는, URL은. Where the sound is not known both forms stand: 東京이(가).
"""

from typing import Final, Literal, NamedTuple, TypeAlias

Particle: TypeAlias = Literal["은/는", "이/가", "을/를", "과/와", "으로/로"]

_FIRST_SYLLABLE: Final = ord("가")
_LAST_SYLLABLE: Final = ord("힣")
_FINALS: Final = 28
_RIEUL: Final = 8

_DIGITS: Final = {
    "0": "ㅇ",  # 영, 십, 백, 천, 만: always a final consonant
    "1": "ㄹ",
    "2": "",
    "3": "ㅁ",
    "4": "",
    "5": "",
    "6": "ㄱ",
    "7": "ㄹ",
    "8": "ㄹ",
    "9": "",
}
_LETTER_NAMES: Final = {"L": "ㄹ", "M": "ㅁ", "N": "ㄴ", "R": "ㄹ"}
_VOWELS: Final = frozenset("aeiouy")
_LONGEST_ABBREVIATION: Final = 3
_SPELT: Final = frozenset({"vip"})
_SILENT_E: Final = ("le", "me", "ne")
_STOPS: Final = frozenset("kptc")
_SILENT: Final = "'\"\u2018\u2019“”「」『』()[]{}<>.,!?…:; "


class _Sound(NamedTuple):
    """How a word ends: with a final consonant or not, and whether that is ㄹ."""

    closed: bool
    rieul: bool = False


def josa(word: str, particle: Particle) -> str:
    """The word with the form of the particle that fits it."""
    return word + particle_after(word, particle)


def particle_after(word: str, particle: Particle) -> str:
    """The form of the particle that fits the word; quotes and punctuation at its end are silent."""
    closed, opened = particle.split("/")
    sound = _ending(word)
    if sound is None:
        return f"{closed}({opened})" if particle != "으로/로" else "(으)로"
    if particle == "으로/로":
        return closed if sound.closed and not sound.rieul else opened
    return closed if sound.closed else opened


def _ending(word: str) -> _Sound | None:
    spoken = word.rstrip(_SILENT)
    if not spoken:
        return None
    last = spoken[-1]
    if _FIRST_SYLLABLE <= ord(last) <= _LAST_SYLLABLE:
        final = (ord(last) - _FIRST_SYLLABLE) % _FINALS
        return _Sound(final != 0, final == _RIEUL)
    if last in _DIGITS:
        return _consonant(_DIGITS[last])
    if last == "%":
        return _Sound(closed=False)  # 퍼센트
    if last.isascii() and last.isalpha():
        return _latin(spoken)
    return None


def _consonant(final: str) -> _Sound:
    return _Sound(final != "", final == "ㄹ")


def _latin(spoken: str) -> _Sound:
    """An abbreviation is spelt out (URL 유알엘), a word read as Korean borrows it (coupon 쿠폰)."""
    letters = ""
    for letter in reversed(spoken):
        if not (letter.isascii() and letter.isalpha()):
            break
        letters = letter + letters
    word = letters.lower()
    short = letters.isupper() and len(letters) <= _LONGEST_ABBREVIATION
    if short or word in _SPELT or _VOWELS.isdisjoint(word):
        return _consonant(_LETTER_NAMES.get(letters[-1].upper(), ""))
    return _borrowed(word)


def _borrowed(word: str) -> _Sound:
    if word.endswith(_SILENT_E) and len(word) > 3 and (word[-2] == "l" or word[-3] in _VOWELS):
        word = word[:-1]  # sale 세일, apple 애플, name 네임, phone 폰; Acme 애크미
    if word.endswith(("l", "m", "n", "ng", "ck")):
        return _Sound(closed=True, rieul=word.endswith("l"))  # email 이메일, click 클릭
    after_vowel = word[-2:-1] in _VOWELS
    short = after_vowel and (word[-3:-2] not in _VOWELS or word[-3:-1] == "oo")
    return _Sound(closed=short and word[-1] in _STOPS)  # up 업, book 북; cart 카트, peak 피크
