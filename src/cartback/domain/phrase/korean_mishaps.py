"""What went wrong with a call, a file or a message, in Korean; the kinds are those of
`domain/mishap.py`."""

from collections.abc import Mapping
from typing import Final

KOREAN_MISHAPS: Final[Mapping[str, str]] = {
    # an address that somebody typed in
    "url_too_long": "주소는 {most}자까지 쓸 수 있습니다",
    "url_letters": "주소에는 빈칸이나 역슬래시, 한글 같은 문자를 쓸 수 없습니다",
    "url_unreadable": "주소가 아닙니다. https://shop.example/feed.csv처럼 쓰세요",
    "url_scheme": "https:// 또는 http://로 시작하는 주소를 쓰세요",
    "url_password": "주소에 비밀번호를 쓸 수 없습니다. @ 앞부분을 빼세요",
    "port_forbidden": "{port}번 포트는 호출할 수 없습니다. 쓸 수 있는 포트: {allowed}",
    "address_inside": (
        "{host}의 주소 {address}은(는) 공개된 주소가 아닙니다."
        " 여기서는 공개된 인터넷만 호출할 수 있습니다"
    ),
    # a call
    "name_unknown": "{url}에 있는 이름을 찾을 수 없습니다: {said}",
    "not_sendable": "보낼 수 없는 내용입니다: {said}",
    "certificate_invalid": "{host}의 인증서가 올바르지 않습니다: {said}",
    "host_silent": "{host}에서 응답이 없습니다: {said}",
    "host_redirects": ("{host}에서 다른 주소로 보냅니다({status}, {there}). 그 주소를 대신 쓰세요"),
    "answer_slow": "응답이 {seconds}초 안에 끝나지 않았습니다",
    "answer_cut": "응답이 {count}바이트를 남기고 끊겼습니다",
    "answer_broken": "응답이 중간에 끊겼습니다: {said}",
    "answer_too_large": "응답이 {most}바이트보다 큽니다",
    "call_redirected": "{status} 응답을 받았습니다. 다른 주소로 옮겨 가지는 않습니다",
    "call_answered": "받은 응답: {said}",
    # a catalog's feed and file
    "feed_answered": "피드 서버가 {status}(으)로 응답했습니다",
    "gzip_damaged": "gzip 파일이 손상됐습니다: {said}",
    "array_too_large": (
        "JSON 배열은 {most}바이트까지 쓸 수 있습니다. 한 줄에 객체를 하나씩 쓰세요"
    ),
    "file_not_json": "JSON 파일이 아닙니다: {said}",
    "file_empty": "파일이 비어 있습니다",
    "header_not_csv": "첫 줄이 CSV 형식에 맞지 않습니다: {said}",
    "header_unreadable": "첫 줄을 읽을 수 없습니다: {said}",
    "header_lacks_id": "`id` 또는 `product_id` 열이 필요합니다. 지금 있는 열: {said}",
    "header_lacks_name": "`name` 또는 `title` 열이 필요합니다. 지금 있는 열: {said}",
    "header_lacks": "`{field}` 열이 필요합니다. 지금 있는 열: {said}",
    "row_not_csv": "CSV 형식에 맞지 않는 줄입니다: {said}",
    "row_not_text": "UTF-8로 된 글이 아닙니다",
    "row_too_long": "한 줄은 {most}바이트까지 쓸 수 있습니다",
    # a mail server
    "sign_in_refused": "{host}에서 사용자 이름과 비밀번호를 받아들이지 않았습니다 ({said})",
    "host_unreachable": "{host}에 연결할 수 없습니다: {said}",
    "server_answered": "메일 서버의 응답: {said}",
    "host_answered": "{host}의 응답: {said}",
    "connection_lost": "메일 서버와 연결이 끊겼습니다: {said}",
    "connection_gone": "메일 서버와 연결이 끊겼습니다",
    "answer_unreadable": "메일 서버의 응답을 읽을 수 없습니다: {said}",
    "answer_missing": (
        "메일을 넘겼지만, 메일 서버가 받았다고 알리기 전에 연결이 끊겼습니다 ({said})"
    ),
    "provider_silent": "메일을 넘겼지만, {host}에서 받았는지 알려 주지 않았습니다 ({said})",
    "mail_too_large": "{host}에서 받는 크기({most})보다 큰 메일입니다",
    "handover_ended": "메시지를 넘기던 프로세스가 끝나 그 뒤를 알 수 없습니다",
    "marked_as_spam": "스팸으로 신고했습니다 ({said})",
    "returned_mute": "이유 없이 되돌아왔습니다",
    # a message that could not be made
    "template_gone": "템플릿 “{key}”이(가) 없습니다",
    "template_unusable": "템플릿 “{key}”: {said}",
    "alert_unusable": "“{key}” 단계: {said}",
    "sender_missing": "보내는 사람의 주소가 아직 없습니다. 설정의 이메일에서 정하세요",
    "step_gone": "자동화에 그 단계가 더는 없습니다",
    "flow_gone": "자동화가 더는 작동하지 않습니다",
    "not_a_mailbox": "{text}: 이메일 주소가 아닙니다",
    "at_line": "{line}번째 줄: {said}",
    "meant": "{said} 혹시 `{near}` 인가요?",
    "liquid_unclosed": (
        "`{{% {tag} %}}` 태그가 닫히지 않았어요. 끝나는 곳에 `{{% {end} %}}`를 넣어 주세요."
    ),
    "liquid_unopened": "`{{% {tag} %}}` 앞에 짝이 되는 시작 태그가 없어요.",
    "liquid_unknown_tag": "`{{% {tag} %}}` 태그는 없어요.",
    "liquid_unknown_filter": "`{name}` 필터는 없어요.",
    "liquid_brackets": (
        "키워드의 중괄호가 닫히지 않았어요. `{{{{ profile.first_name }}}}`처럼 써 주세요."
    ),
    "liquid_syntax": "읽을 수 없는 부분이 있어요: {said}.",
    "liquid_too_slow": "메일을 만드는 데 너무 오래 걸려요. 반복을 줄여 주세요.",
    "liquid_too_large": ("글이나 목록이 너무 커져요. 필터로 합치거나 바꾸는 내용을 줄여 주세요."),
    "liquid_too_many": "반복 횟수가 너무 많아요. `limit: 3`처럼 횟수를 정해 주세요.",
    "liquid_too_deep": "조건과 반복이 너무 깊게 겹쳐 있어요.",
    "liquid_too_long": "템플릿이 {most}자를 넘어요.",
    "liquid_bad_value": "필터가 다룰 수 없는 값이 있어요: {said}.",
    "no_way_out": "수신거부 링크가 없습니다. 템플릿에 바닥글을 넣으세요",
    "no_postal_address": (
        "받는 사람이 있는 곳의 법에 따라 우편 주소가 필요합니다. 설정의 이메일에서 정하세요"
    ),
    "no_telephone": ("한국 법에 따라 광고에는 전화번호가 필요합니다. 설정의 이메일에서 정하세요"),
}
