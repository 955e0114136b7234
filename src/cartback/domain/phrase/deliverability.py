"""What was found about whether mail arrives, and what to do, in words; `name` is a domain name."""

from collections.abc import Mapping
from typing import Final

SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "no_answer": (
        "The name server did not answer, so nothing is known. Try again in a while.",
        "이름 서버가 답하지 않아 알 수 없어요. 잠시 뒤 다시 확인해 주세요.",
    ),
    # DKIM
    "dkim_not_set": (
        "Mail is not signed, so others cannot know that it is from {name}. Give Cartback a key:"
        " CARTBACK_DKIM_KEY and CARTBACK_DKIM_DOMAIN, or let your provider sign.",
        "메일에 서명이 없어서 {name}에서 보낸 것인지 확인할 수 없어요. CARTBACK_DKIM_KEY와"
        " CARTBACK_DKIM_DOMAIN에 키를 넣거나 발송 업체의 서명을 쓰세요.",
    ),
    "dkim_not_aligned": (
        "The signature and the sender are of two domains ({name}); DMARC asks that they are one."
        " Sign for the sender's domain, or send from the one that is signed for.",
        "서명한 도메인과 보내는 사람의 도메인이 달라요({name}). DMARC는 둘이 같기를 요구해요."
        " 보내는 사람의 도메인으로 서명하거나 서명한 도메인에서 보내세요.",
    ),
    "dkim_missing": (
        "There is no key at {name}, so every signature fails. Publish the record below.",
        "{name}에 키가 없어서 모든 서명이 실패해요. 아래 레코드를 등록하세요.",
    ),
    "dkim_revoked": (
        "The key at {name} was taken back (p= is empty). Publish the record below.",
        "{name}의 키가 폐기되어 있어요(p=가 비어 있음). 아래 레코드를 등록하세요.",
    ),
    "dkim_other": (
        "At {name} stands another key than the one that mail is signed with, so every signature"
        " fails. Publish the record below, or choose another selector for the new key.",
        "{name}에 있는 키가 서명에 쓰는 키와 달라서 모든 서명이 실패해요. 아래 레코드로 바꾸거나"
        " 새 키에 다른 셀렉터를 쓰세요.",
    ),
    "dkim_well": ("Signatures can be verified.", "서명을 확인할 수 있어요."),
    # SPF
    "spf_missing": (
        "{name} does not say who may send for it. Publish the record below with your provider's own"
        " “include”.",
        "{name}에 누가 보낼 수 있는지 적혀 있지 않아요. 아래 레코드에 발송 업체의 “include”를"
        " 넣어 등록하세요.",
    ),
    "spf_twice": (
        "{name} has two SPF records; then none counts. Make them one.",
        "{name}에 SPF 레코드가 둘이라 모두 무효예요. 하나로 합치세요.",
    ),
    "spf_everybody": (
        "The record of {name} lets everybody send for it (+all). Write -all at its end.",
        "{name}의 레코드가 누구나 보내도록 허용해요(+all). 끝을 -all로 바꾸세요.",
    ),
    "spf_open": (
        "The record of {name} does not say what to do with others. Write ~all or -all at its end.",
        "{name}의 레코드가 다른 서버를 어떻게 다룰지 정하지 않았어요. 끝에 ~all이나 -all을 쓰세요.",
    ),
    "spf_well": (
        "The record says who may send. Whether your provider is among them, its own pages tell.",
        "누가 보낼 수 있는지 적혀 있어요. 발송 업체가 들어 있는지는 업체 안내에서 확인하세요.",
    ),
    # DMARC
    "dmarc_missing": (
        "There is no DMARC record. Gmail and Yahoo ask for one of who sends much. Begin with the"
        " one below: it only asks for reports.",
        "DMARC 레코드가 없어요. 많이 보내는 곳에는 Gmail과 Yahoo가 요구해요. 보고만 받는 아래"
        " 레코드로 시작하세요.",
    ),
    "dmarc_twice": (
        "{name} has two DMARC records; then none counts. Keep one.",
        "{name}에 DMARC 레코드가 둘이라 모두 무효예요. 하나만 남기세요.",
    ),
    "dmarc_none": (
        "It asks for reports, and others may still write in your name. When the reports look right,"
        " publish the record below.",
        "보고만 받고 있어서 다른 사람이 여전히 이름을 도용할 수 있어요. 보고에 문제가 없으면 아래"
        " 레코드로 바꾸세요.",
    ),
    "dmarc_unread": (
        "The record at {name} has no policy (p=) that can be read. Publish the one below.",
        "{name}의 레코드에 읽을 수 있는 정책(p=)이 없어요. 아래 레코드를 등록하세요.",
    ),
    "dmarc_well": (
        "Mail that only claims to be yours is put aside.",
        "이름을 도용한 메일은 걸러져요.",
    ),
    # where returned mail goes
    "returns_told": (
        "Your provider tells what comes back.",
        "돌아온 메일을 발송 업체가 알려 줘요.",
    ),
    "returns_lost": (
        "What comes back goes to the sender's address, and nobody counts it: dead addresses are"
        " written to again. Set CARTBACK_BOUNCE_DOMAIN, or a provider's webhook.",
        "돌아온 메일이 보내는 사람 주소로 가고 집계되지 않아, 없는 주소에 계속 보내게 돼요."
        " CARTBACK_BOUNCE_DOMAIN이나 발송 업체의 웹훅을 설정하세요.",
    ),
    "returns_no_mx": (
        "{name} takes no mail, so what comes back is lost. Publish the record below.",
        "{name}에서 메일을 받지 않아 돌아온 메일이 사라져요. 아래 레코드를 등록하세요.",
    ),
    "returns_well": (
        "Returned mail comes to Cartback.",
        "돌아온 메일을 Cartback이 받아요.",
    ),
    "returns_elsewhere": (
        "{name} takes mail, but no process of Cartback listens for it here: set"
        " CARTBACK_BOUNCE_PORT in one of them.",
        "{name}에서 메일을 받지만 Cartback이 듣고 있지 않아요. 프로세스 하나에"
        " CARTBACK_BOUNCE_PORT를 설정하세요.",
    ),
    "answers_well": (
        "Who answers a mail reaches a mailbox of the domain.",
        "메일에 답장하면 도메인의 메일함으로 가요.",
    ),
    "answers_no_mx": (
        "{name} takes no mail: answers come back to who wrote them, and some providers mistrust"
        " such a sender. Set where answers go, or give the domain a mailbox.",
        "{name}에서 메일을 받지 않아 답장이 되돌아가고, 이런 보내는 사람을 믿지 않는 곳도 있어요."
        " 답장 받을 주소를 정하거나 도메인에 메일함을 만드세요.",
    ),
    # how mail fared
    "too_few": (
        "Fewer than 100 mails left in thirty days, too few for a rate to say anything.",
        "30일 동안 보낸 메일이 100통이 안 돼 비율을 말하기 어려워요.",
    ),
    "complaints_well": (
        "Few complain. Gmail and Yahoo want less than 0.3 %, better less than 0.1 %.",
        "신고가 적어요. Gmail과 Yahoo는 0.3% 미만, 되도록 0.1% 미만을 원해요.",
    ),
    "complaints_mind": (
        "More than 0.1 % complain; from 0.3 % on Gmail and Yahoo hold mail back. Write to people"
        " who were here lately, less often, and make unsubscribing easy to find.",
        "신고가 0.1%를 넘었어요. 0.3%부터 Gmail과 Yahoo가 메일을 막아요. 최근에 다녀간 고객에게"
        " 덜 자주 보내고 수신거부를 찾기 쉽게 하세요.",
    ),
    "complaints_wrong": (
        "Gmail and Yahoo hold mail back from 0.3 % on. Pause what is complained about most, and"
        " write only to people who asked for it and opened lately.",
        "0.3%부터 Gmail과 Yahoo가 메일을 막아요. 신고가 많은 자동화를 멈추고, 동의했고 최근에"
        " 열어 본 고객에게만 보내세요.",
    ),
    "bounces_well": (
        "Few addresses are dead. Providers grow wary from 2 % on.",
        "없는 주소가 적어요. 2%부터 발송 업체가 주의 깊게 봐요.",
    ),
    "bounces_mind": (
        "More than 2 % come back; at 5 % providers look into it. Look where those addresses come"
        " from, and ask people to confirm theirs.",
        "2% 넘게 돌아왔어요. 5%면 발송 업체가 조사해요. 그 주소가 어디서 왔는지 살피고 주소"
        " 확인을 받으세요.",
    ),
    "bounces_wrong": (
        "From 5 % on providers look into an account, at 10 % Amazon SES stops it. Send no more to"
        " old or bought lists; confirm addresses before the first mail.",
        "5%부터 발송 업체가 계정을 조사하고, Amazon SES는 10%에서 발송을 멈춰요. 오래되거나 산"
        " 목록에는 보내지 말고, 첫 메일 전에 주소를 확인받으세요.",
    ),
}


def deliverability_text(word: str, name: str, language: str) -> str:
    """What was found, in English (`en`) or Korean (`ko`)."""
    english, korean = SENTENCES[word]
    return (korean if language == "ko" else english).format(name=name)
