"""What the demo's view says, in English and in Korean."""

from dataclasses import dataclass
from typing import Final

from cartback.demo.scene import Because, Hints, Kind, News
from cartback.domain.instant import DAY, HOUR, MINUTE, Instant, Milliseconds, datetime_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The texts of one language. Those with `{…}` are filled in."""

    title: str
    open: str
    abandoned: str
    recovered: str
    at_stake: str
    members: str
    last_day: str
    news: str
    waiting: str
    labels: dict[Kind, str]
    entered: str
    entered_short: str
    left_by_order: str
    left_by_time: str
    left: str
    idle: str
    came_back: str
    mail_to: str
    mails: dict[str, str]
    things: tuple[str, str]
    ordered_before: str
    ordered_between: str
    never_agreed: str
    through_mail: str
    spans: tuple[tuple[str, str], ...]
    post: str
    somebody: str
    footer: str
    status: str
    weekdays: tuple[str, ...]
    date: str
    date_short: str
    console: str
    no_console: str
    owner: str
    where: str
    farewell: str

    def moment(self, at: Instant) -> str:
        """Date and time, to the second."""
        return self._dated(self.date, at)

    def moment_short(self, at: Instant) -> str:
        """The same without the year."""
        return self._dated(self.date_short, at)

    def _dated(self, form: str, at: Instant) -> str:
        moment = datetime_of(at)
        return form.format(
            moment=moment, weekday=self.weekdays[moment.weekday()], month=MONTHS[moment.month - 1]
        )

    def tell(self, news: News, *, short: bool) -> str:
        """One piece of news as a sentence."""
        form, until = self._form(news, short=short), ""
        if news.until is not None:
            until = self.moment_short(news.until) if short else self.moment(news.until)
        return form.format(
            who=news.who or self.somebody,
            amount=money(news.amount or 0),
            until=until,
            mail=self.mails.get(news.mail, news.mail),
            things=_counted(news.things, self.things),
            before=self.span(news.before),
        )

    def span(self, length: Milliseconds) -> str:
        """Roughly how long, in its largest unit."""
        units = list(zip((DAY, HOUR, MINUTE), self.spans, strict=True))
        size, forms = next((one for one in units if length >= one[0]), units[-1])
        return _counted(max(1, round(length / size)), forms)

    def _form(self, news: News, *, short: bool) -> str:
        match news.kind:
            case Kind.ENTERED if news.until is None:
                return self.left
            case Kind.ENTERED:
                return self.entered_short if short else self.entered
            case Kind.LEFT:
                return self.left_by_time if news.because is Because.TIME else self.left_by_order
            case Kind.ABANDONED:
                return self.idle
            case Kind.RECOVERED:
                return self.came_back
            case Kind.MAILED:
                return self.mail_to
            case Kind.SPARED if news.because is not Because.ORDER:
                return self.never_agreed
            case Kind.SPARED:
                return self.ordered_between if news.went_before else self.ordered_before
            case Kind.RETURNED:
                return self.through_mail

    def goodbye(self, hints: Hints) -> str:
        return self.farewell.format(**hints._asdict())


def _counted(number: int, forms: tuple[str, str]) -> str:
    return forms[number != 1].format(number=number)


MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


def money(amount: int) -> str:
    """Pence as pounds."""
    sign = "-" if amount < 0 else ""
    pounds, pence = divmod(abs(amount), 100)
    return f"{sign}£{pounds:,}.{pence:02d}"


_CURL: Final = """\
    curl {url}/v1/track \\
      -u '{write_key}:' \\
      -H 'content-type: application/json' \\
      -d '{{"event": "Checkout Started", "userId": "me"}}'"""
_SDK: Final = """\
    # Python       segment.analytics.host = "{url}"
    // JavaScript  new Analytics({{ writeKey, host: "{url}" }})"""

ENGLISH: Final = Words(
    title="Cartback demo shop",
    open="carts being filled",
    abandoned="carts abandoned",
    recovered="recovered in 24 h",
    at_stake="left in carts",
    members="Recent cart abandoners",
    last_day="last 24 h",
    news="What is happening",
    waiting="Waiting for the first shopper …",
    labels={
        Kind.ENTERED: "ENTERED",
        Kind.LEFT: "LEFT",
        Kind.ABANDONED: "ABANDONED",
        Kind.RECOVERED: "RECOVERED",
        Kind.MAILED: "MAIL",
        Kind.SPARED: "NO MAIL",
        Kind.RETURNED: "CLICKED",
    },
    entered="{who} left {amount} in the cart — leaves {until} unless something happens",
    entered_short="{who} left {amount} — until {until}",
    left_by_order="{who} placed an order",
    left_by_time="{who}: a week is over, to the second",
    left="{who} left {amount} in the cart",
    idle="{who}: {amount} untouched for an hour",
    came_back="{who} came back and ordered for {amount}",
    mail_to="mail to {who}: {mail} ({things})",
    mails={
        "help": "cart help",
        "offer": "the cart and a code",
        "proof": "what others say",
        "last": "the last about this cart",
    },
    things=("{number} thing", "{number} things"),
    ordered_before="no mail to {who}: ordered {before} before",
    ordered_between="no more mail to {who}: ordered {before} before",
    never_agreed="no mail to {who}: never agreed to any",
    through_mail="{who} came back through the mail (simulated)",
    spans=(
        ("{number} day", "{number} days"),
        ("{number} hour", "{number} hours"),
        ("{number} minute", "{number} minutes"),
    ),
    post="mails: {mailed} · ordered before the next: {spared} · never agreed: {unasked}",
    somebody="A visitor",
    footer="Simulated shoppers, real products · Ctrl-C stops",
    status="{now}  in the segment: {members} · carts abandoned: {abandoned}, worth {at_stake}"
    " · recovered in 24 h: {recovered}",
    weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    date="{moment:%Y-%m-%d %H:%M:%S}",
    date_short="{weekday} {moment.day} {month} {moment:%H:%M:%S}",
    console="The console, signed in: {link}",
    no_console="The console has a link only where it listens to this machine alone.",
    owner="shopkeeper",
    where="The demo's shop is in {folder}. So that these commands find it:",
    farewell=f"""\
What to try next

  Go on where it stopped, in the terminal and in the console:
    {{go_on}}

  Read the mail that went out, in the console's inbox, while it runs:
    {{url}}/inbox

  Meanwhile, in another terminal, send an event and see who it makes a member:
{_CURL}

  Or with an SDK that you have, by changing its host:
{_SDK}

  Ask why somebody is in the segment, and until when:
    cartback segment explain {{segment}} {{person}}

  Start a shop of your own, in a new folder:
    CARTBACK_DATA=./my-shop cartback up
""",
)

KOREAN: Final = Words(
    title="Cartback 데모 상점",
    open="담는 중인 장바구니",
    abandoned="버려진 장바구니",
    recovered="24시간 내 되찾음",
    at_stake="남아 있는 금액",
    members="최근 장바구니 이탈자",
    last_day="지난 24시간",
    news="지금 일어나는 일",
    waiting="첫 손님을 기다리는 중 …",
    labels={
        Kind.ENTERED: "들어옴",
        Kind.LEFT: "나감",
        Kind.ABANDONED: "이탈",
        Kind.RECOVERED: "되찾음",
        Kind.MAILED: "메일",
        Kind.SPARED: "안 보냄",
        Kind.RETURNED: "클릭",
    },
    entered="{who} 님, 장바구니에 {amount} 남김 — 아무 일 없으면 {until}에 나감",
    entered_short="{who} 님, {amount} 남김 — {until}까지",
    left_by_order="{who} 님, 주문 완료",
    left_by_time="{who} 님, 정확히 일주일 지남",
    left="{who} 님, 장바구니에 {amount} 남김",
    idle="{who} 님, {amount} 장바구니를 한 시간째 두고 있음",
    came_back="{who} 님, 돌아와서 {amount} 주문",
    mail_to="{who} 님께 메일: {mail}({things})",
    mails={
        "help": "장바구니 도움",
        "offer": "장바구니와 쿠폰 코드",
        "proof": "구매 후기",
        "last": "마지막 장바구니 메일",
    },
    things=("상품 {number}개", "상품 {number}개"),
    ordered_before="{who} 님께는 안 보냄: 메일 {before} 전에 주문",
    ordered_between="{who} 님께 더는 안 보냄: 다음 메일 {before} 전 주문",
    never_agreed="{who} 님께는 안 보냄: 수신에 동의한 적 없음",
    through_mail="{who} 님, 메일을 눌러 돌아옴(가상)",
    spans=(
        ("{number}일", "{number}일"),
        ("{number}시간", "{number}시간"),
        ("{number}분", "{number}분"),
    ),
    post="메일 {mailed}통 · 다음 메일 전에 주문 {spared}명 · 동의하지 않음 {unasked}명",
    somebody="방문자",
    footer="가상의 손님, 실제 상품 · Ctrl-C로 멈춤",
    status="{now}  세그먼트 {members}명 · 버려진 장바구니 {abandoned}개({at_stake})"
    " · 24시간 내 되찾음 {recovered}개",
    weekdays=("월", "화", "수", "목", "금", "토", "일"),
    date="{moment:%Y-%m-%d %H:%M:%S}",
    date_short="{moment.month}월 {moment.day}일({weekday}) {moment:%H:%M:%S}",
    console="로그인된 콘솔: {link}",
    no_console="콘솔 링크는 이 컴퓨터에서만 접속할 수 있을 때 나옵니다.",
    owner="점장",
    where="데모 쇼핑몰은 {folder} 폴더에 있습니다. 위 명령이 이 쇼핑몰을 찾도록 먼저 입력하세요:",
    farewell=f"""\
다음에 해 볼 일

  멈춘 곳에서 터미널과 콘솔로 이어 가기:
    {{go_on}}

  돌아가는 동안 콘솔의 받은 메일함에서 나간 메일 읽기:
    {{url}}/inbox

  그동안 다른 터미널에서 이벤트를 보내고 누가 세그먼트에 들어가는지 보기:
{_CURL}

  쓰던 SDK는 host만 바꾸면 됩니다:
{_SDK}

  누가 왜, 언제까지 세그먼트에 있는지 묻기:
    cartback segment explain {{segment}} {{person}}

  내 상점을 새 폴더에서 시작하기:
    CARTBACK_DATA=./my-shop cartback up
""",
)

LANGUAGES: Final = {"en": ENGLISH, "ko": KOREAN}
