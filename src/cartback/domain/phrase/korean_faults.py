"""What is wrong with what somebody wrote, in Korean; the kinds are those of `domain/fault.py`."""

from collections.abc import Mapping
from typing import Final

from cartback.domain.phrase.korean_mishaps import KOREAN_MISHAPS

KOREAN: Final[Mapping[str, str]] = {
    # what does not fit (domain/misfit.py)
    "wants_text": "글자로 쓰세요",
    "wants_whole": "5처럼 정수로 쓰세요",
    "wants_number": "12.5처럼 숫자로 쓰세요",
    "wants_yes_no": "true나 false로 쓰세요",
    "wants_list": "목록으로 쓰세요: [ … ]",
    "wants_object": "객체로 쓰세요: {{ … }}",
    "wants_nothing": "null로 쓰거나 항목을 빼세요",
    "wants_date": "2026-03-01처럼 날짜를 쓰세요",
    "wants_time": "2026-03-01T12:00:00Z처럼 시간대가 있는 시각을 쓰세요",
    "wants_clock": "09:00처럼 시각을 쓰세요",
    "wants_one_of": "다음 중 한 가지 형식으로 쓰세요: {kinds}",
    "wants_other": "{what} 형식에 맞게 쓰세요",
    "wants_currency": "EUR, KRW처럼 통화를 영문 대문자 세 글자로 쓰세요",
    "wants_email": "hello@shop.example처럼 이메일 주소를 쓰세요",
    "wants_web_address": "https://로 시작하는 주소를 쓰세요",
    "wants_origin": "https://shop.example처럼 경로 없는 주소를 쓰세요",
    "wants_something": "비어 있습니다. 내용을 쓰세요",
    "wants_pattern": "패턴 {pattern}에 맞게 쓰세요",
    "wants_multiple": "{of:,}의 배수로 쓰세요",
    "wants_digits": "19자리까지의 수로 쓰세요",
    "holds_nul": "쓸 수 없는 문자(NUL)가 있습니다. 지우세요",
    "number_at_most": "{bound:,} 이하의 수로 쓰세요",
    "number_at_least": "{bound:,} 이상의 수로 쓰세요",
    "number_below": "{bound:,}보다 작은 수로 쓰세요",
    "number_above": "{bound:,}보다 큰 수로 쓰세요",
    "text_at_most": "{most:,}자까지 쓸 수 있습니다. 줄이세요",
    "text_at_least": "{least:,}자 이상 쓰세요",
    "list_at_most": "{most:,}개까지 쓸 수 있습니다",
    "list_at_least": "{least:,}개 이상 쓰세요",
    "list_exactly": "꼭 {count:,}개를 쓰세요",
    "list_empty": "비어 있습니다. 하나 이상 쓰세요",
    "field_missing": "`{field}` 항목이 없습니다. 쓰세요",
    "field_unknown": "`{field}` 항목은 쓸 수 없습니다. 빼거나 철자를 확인하세요",
    "field_unknown_near": "`{field}` 항목은 쓸 수 없습니다. “{near}” 아닌가요?",
    "field_twice": "`{field}` 항목이 두 번 있어 하나는 무시됩니다. 한 번만 쓰세요",
    "list_twice": "`{field}` 항목이 두 번 있어 하나는 무시됩니다. 두 내용을 목록 하나에 모으세요",
    "condition_twice": (
        "`{field}` 항목이 두 번 있어 하나는 무시됩니다."
        " 두 조건을 {{kind: all, of: [ … ]}} 하나에 모으세요"
    ),
    "word_unknown": "“{text}”: 여기에 쓸 수 없는 값입니다",
    "word_unknown_near": "“{text}”: 여기에 쓸 수 없는 값입니다. “{near}” 아닌가요?",
    "it_is_missing": "빠졌습니다. 쓰세요",
    "no_such_field": "이런 항목은 쓸 수 없습니다. 빼거나 철자를 확인하세요",
    "words_known": "다음 중에서 고르세요: {words}",
    "document_too_deep": "문서는 {most}단계까지 겹칠 수 있습니다. 펼쳐 쓰세요",
    "document_too_large": "문서가 너무 큽니다. {most:,}개 항목까지 쓸 수 있으니 나누어 쓰세요",
    "text_holds_nul": "{text}: 쓸 수 없는 문자(NUL)가 있습니다. 지우세요",
    # how often and how much
    "no_number_within": "이 범위에 드는 수가 없습니다",
    "count_too_high": "횟수는 {most:,}회까지 쓸 수 있습니다",
    "count_missing": "횟수를 쓰세요. 예: {{at_least: 1}}, {{exactly: 0}}",
    "exactly_alone": "`exactly`는 다른 범위와 함께 쓸 수 없습니다",
    "fewer_than_nothing": "0회보다 적게 할 수는 없습니다",
    "negative_count": "`{field}`에 음수를 쓸 수 없습니다",
    "number_missing": "수의 범위를 쓰세요. 예: {{at_least: 100}}",
    "number_too_large": "수는 -{most:,}부터 {most:,}까지 쓸 수 있습니다",
    "number_not_comparable": "{value}: 비교할 수 있는 수가 아닙니다",
    # when
    "nearest_not_shorter": "앞의 기간이 뒤의 기간보다 짧아야 합니다",
    "start_not_before_end": "시작이 끝보다 앞서야 합니다",
    "ago_out_of_range": "`ago`는 0(현재)부터 1,000까지 쓸 수 있습니다",
    "time_without_zone": "시각에는 시간대가 필요합니다. 예: 2026-03-01T12:00:00Z",
    "not_a_time": ("“{text}”: 시각이 아닙니다. 2026-03-01 또는 2026-03-01T12:00:00Z처럼 쓰세요"),
    "time_too_far": "“{text}”: 너무 먼 시각입니다",
    "not_a_duration": (
        "“{text}”: 기간이 아닙니다. 60 minutes, 4 hours, 7 days, 2 weeks처럼 수와 단위를 쓰세요"
    ),
    "duration_out_of_range": "“{text}”: 기간은 0보다 길고 100년 이하여야 합니다",
    "not_a_zone": "“{text}”: 시간대가 아닙니다. Asia/Seoul처럼 쓰세요",
    # tests on properties
    "takes_no_value": "`{operator}`에는 값을 쓰지 않습니다",
    "takes_list": "`{operator}`에는 값을 1~1,000개 쓰세요",
    "takes_number": "`{operator}`에는 숫자를 쓰세요",
    "takes_scalar": "`{operator}`에는 글자, 숫자, 참, 거짓 중 하나를 쓰세요",
    "takes_text": "`{operator}`에는 글자를 쓰세요",
    "takes_some_text": "`{operator}`에는 빈 글자를 쓸 수 없습니다",
    "text_too_long": "글자는 1,000자까지 쓸 수 있습니다",
    "not_a_path": "“{text}”: 속성 경로가 아닙니다. address.city처럼 이름을 점으로 이으세요",
    "for_traits_only": (
        "`{operator}`는 고객 속성에만 씁니다. 이벤트 속성에는 `before`나 `after`를 쓰세요"
    ),
    "where_empty": "`where`에는 조건이 하나 이상 있어야 합니다",
    "tests_empty": "`of`에는 조건이 하나 이상 있어야 합니다",
    "pattern_too_long": "정규식은 {most}자까지 쓸 수 있습니다",
    "not_a_pattern": "“{text}”: 정규식이 아닙니다 ({error})",
    "pattern_for_ever": (
        "“{text}”: 끝나지 않을 수 있는 정규식입니다. * + ? {{}} |를 줄이거나 ^로 시작하세요"
    ),
    "pattern_refused": "정규식의 이 문법은 쓸 수 없습니다 ({what})",
    "repeat_in_repeat": (
        "반복 안의 반복이나 선택은 끝나지 않을 수 있습니다. 펼쳐 쓰거나 [...]로 쓰세요"
    ),
    # conditions
    "conditions_empty": "`of`에는 조건이 하나 이상 있어야 합니다",
    "metric_length": "이벤트 이름은 1~255자입니다",
    "idle_bounds": "`at_least`가 `less_than`보다 짧아야 합니다",
    "idle_missing": "방치된 시간을 쓰세요. 예: {{at_least: 1 hour}}",
    "place_missing": "위치를 쓰세요: `country`, `region`, `city`, `eu`",
    "no_country": "“{text}”: 국가 코드가 아닙니다. KR, US처럼 두 글자(ISO 3166-1)로 쓰세요",
    "no_country_near": (
        "“{text}”: 국가 코드가 아닙니다. 두 글자(ISO 3166-1)로 쓰세요. “{near}” 아닌가요?"
    ),
    "percent_out_of_range": "비율은 0부터 100까지 쓸 수 있습니다",
    "percent_decimals": "비율은 12.25처럼 소수점 둘째 자리까지 쓸 수 있습니다",
    "nested_too_deep": ("조건은 {most}단계까지 겹칠 수 있습니다. 일부를 세그먼트로 나누세요"),
    "too_many_conditions": (
        "조건은 모두 {most:,}개까지 쓸 수 있습니다. `in`의 값 목록으로 여러 조건을 줄이세요"
    ),
    "half_a_character": "{text}: 깨진 글자가 있습니다",
    "refers_to_itself": "세그먼트 “{key}”가 자기 자신을 참조합니다: {path}",
    "no_segment": "“{key}” 세그먼트가 없습니다",
    "no_segment_near": "“{key}” 세그먼트가 없습니다. “{near}” 아닌가요?",
    "refer_too_deep": "세그먼트끼리 {most}단계 넘게 참조합니다",
    "asks_too_much": "{what}: 조건이 {most:,}개를 넘습니다",
    "nests_too_deep": "{what}: 참조까지 합쳐 {most}단계 넘게 겹칩니다",
    "for_flows_only": "`since_run_start`는 플로에만 씁니다. 세그먼트에는 실행이 없습니다",
    # settings
    "quiet_hours_alone": "`quiet_from`과 `quiet_until`은 둘 다 쓰거나 둘 다 비우세요",
    "quiet_hours_empty": "방해 금지 시간의 시작과 끝이 같습니다. 하나를 바꾸세요",
    "window_out_of_range": "`{field}`: “{text}”: 1분부터 90일까지 쓸 수 있습니다",
    "feed_out_of_range": "`every`: “{text}”: 15분부터 31일까지 쓸 수 있습니다",
    "code_url_without_code": (
        "`code_url`에서 코드가 들어갈 자리에 {{code}}를 쓰세요."
        " 예: https://shop.example/discount/{{code}}"
    ),
    "variant_twice": "`variants`: 같은 ID가 둘입니다. 서로 다르게 쓰세요",
    # coupons
    "amount_without_currency": "금액이 있으면 `currency`도 쓰세요. 예: EUR, KRW",
    "not_a_prefix": "`prefix`에는 영문 대문자와 숫자를 12자까지 쓸 수 있습니다",
    "not_a_span": "`{field}`: “{text}”: 기간이 아닙니다. 72 hours처럼 수와 단위를 쓰세요",
    "coupon_name_length": "쿠폰 이름은 1~{most}자입니다",
    "not_a_coupon_key": (
        "“{key}”: 키가 아닙니다. come-back처럼 영문 소문자, 숫자, 하이픈으로 쓰세요"
    ),
    "too_many_coupons": "쿠폰은 쇼핑몰마다 {most}개까지 둘 수 있습니다. 일부를 보관하세요",
    "not_a_currency": "통화는 EUR, KRW 같은 ISO 4217 코드입니다",
    "not_a_country": "국가는 DE, KR 같은 ISO 3166-1 코드입니다",
    # flows
    "again_without_duration": "`duration`은 `after` 규칙에만 씁니다. 예: 30 days",
    "name_length": "`name`은 1~200자입니다",
    "priority_out_of_range": "`priority`는 -100~100입니다. 높은 쪽이 먼저 실행됩니다",
    "no_run_in_who": "`who`에는 `since_run_start`를 쓸 수 없습니다. 아직 시작한 실행이 없습니다",
    "wait_without_end": '얼마나 기다릴지 쓰세요. 예: {{for: 1 hour}}, {{until: "09:00"}}',
    "not_a_clock": '`until`에는 "09:00" 같은 시각을 쓰세요',
    "branch_count": "`branches`는 1~{most}개입니다",
    "key_twice": "“{key}” 키를 쓰는 단계가 둘입니다. 단계마다 다른 키를 쓰세요",
    "too_many_steps": "자동화에는 단계를 {most}개까지 둘 수 있습니다",
    "not_a_step_key": "“{key}”: 단계의 키가 아닙니다. 영문 소문자, 숫자, 하이픈으로 쓰세요",
    "not_a_flow_key": (
        "“{key}”: 키가 아닙니다. abandoned-cart처럼 영문 소문자, 숫자, 하이픈으로 쓰세요"
    ),
    "flow_exists": "키가 “{key}”인 자동화가 이미 있습니다. 그것을 고치거나 다른 키를 쓰세요",
    "too_many_copies": "“{key}”의 사본이 이미 {most}개 있습니다. 다른 자동화를 복사하세요",
    "too_many_flows": "자동화는 쇼핑몰마다 {most}개까지 둘 수 있습니다. 일부를 보관하세요",
    "flow_no_segment": "자동화 “{flow}”에서 쓰는 “{key}” 세그먼트가 없습니다",
    "flow_no_segment_near": (
        "자동화 “{flow}”에서 쓰는 “{key}” 세그먼트가 없습니다. “{near}” 아닌가요?"
    ),
    "lacks_template": (
        "“{step}” 단계에서 보내는 템플릿 “{key}”이 없습니다. 먼저 저장하거나 단계를 초안으로 두세요"
    ),
    "lacks_template_near": "“{step}” 단계에서 보낼 “{key}” 템플릿이 없습니다. “{near}” 아닌가요?",
    "lacks_coupon_near": "“{step}” 단계에 필요한 쿠폰 “{key}”이 없습니다. “{near}” 아닌가요?",
    "lacks_coupon": "“{step}” 단계에 필요한 쿠폰 “{key}”이 없습니다. 먼저 만드세요",
    "lacks_sender": "보내는 사람의 주소가 없어 이메일을 보낼 수 없습니다. 먼저 정하세요",
    "lacks_steps": "단계가 없어 아무 일도 일어나지 않는 자동화입니다. 먼저 단계를 넣으세요",
    "step_unreachable": (
        "“{step}” 단계는 끝 단계 뒤에 있어 아무도 갈 수 없습니다. 끝 단계나 이 단계를 빼세요"
    ),
    "notice_elsewhere": (
        "“{step}” 단계의 이메일은 수신 동의를 알리는 용도로 되어 있습니다. 그 용도는 수신 동의를"
        " 알릴 때가 되면 시작하는 자동화에서만 쓸 수 있으니 다른 용도를 고르세요"
    ),
    "transactional_elsewhere": (
        "“{step}” 단계의 이메일은 주문에 관한 용도로 되어 있지만, 이 자동화는 주문이 있기 전에"
        " 시작합니다. 그대로 두면 수신에 동의하지 않은 사람에게도 나가니 다른 용도를 고르세요"
    ),
    "webhook_forbidden": (
        "“{step}” 단계에서 호출할 “{text}”은(는) 호출할 수 없는 주소입니다."
        " 공개된 인터넷의 80, 443, 8080, 8443 포트만 호출합니다."
        " 내부 시스템이라면 CARTBACK_WEBHOOK_NETWORKS를 설정하세요"
    ),
    "alert_unreadable": "“{step}” 단계, `{field}`: {said:ko}",
    "before_or_after": "`before`와 `after` 중 하나만 쓰세요",
    "not_a_web_address": (
        "“{text}”: 호출할 수 있는 주소가 아닙니다. https://shop.example/…처럼 쓰세요"
    ),
    "alerted_count": "`to`에는 서로 다른 주소를 1~{most}개 쓰세요",
    "not_an_email": "“{text}”: 이메일 주소가 아닙니다",
    "subject_length": "`subject`는 1~{most}자입니다",
    "alert_too_long": "`text`는 {most:,}자까지 쓸 수 있습니다",
    # what was typed
    "not_an_amount": "“{text}”: 금액이 아닙니다. 50처럼 숫자를 쓰세요",
    "not_whole": "“{text}”: 정수가 아닙니다",
    "not_a_number": "“{text}”: 숫자가 아닙니다",
    "no_such_row": "“{text}” 종류의 조건은 없습니다",
    "not_json": "JSON이 아닙니다 ({error})",
    # rows of a file
    "row_width": "열이 {count}개인데 머리글에는 {width}개가 있습니다",
    "row_lacks": "`{field}` 값이 없습니다",
    "row_price": "“{text}”: 금액이 아닙니다. 19.99처럼 숫자로 쓰세요",
    "row_price_too_large": "“{text}”: 쓸 수 있는 가장 큰 금액보다 큽니다",
    "row_currency": "“{text}”: 통화가 아닙니다. EUR, KRW 같은 ISO 4217 코드를 쓰세요",
    "row_availability": "재고 상태 “{text}”: 재고가 있는지 없는지 알 수 없습니다",
    "row_stock": "재고 “{text}”: 개수가 아닙니다",
    "row_twice": "“{product}”: {line:,}번째 줄에 이미 있습니다. 이 줄의 값을 씁니다",
    "row_variant_twice": (
        "“{product}”의 “{variant}”: {line:,}번째 줄에 이미 있습니다. 이 줄의 값을 씁니다"
    ),
    # templates
    "too_many_characters": "`{field}`: {most:,}자까지 쓸 수 있습니다",
    "nul_character": "`{field}`: 쓸 수 없는 문자(NUL)가 있습니다",
    "not_one_line": "`{field}`: 한 줄로 쓰세요",
    "not_an_address": "`{field}`: https:// 또는 {{{{로 시작하는 키워드로 쓰세요",
    "pixels_out_of_range": "`{field}`: {least}~{most}픽셀로 쓰세요",
    "width_out_of_range": "`{field}`: {least}~{most}퍼센트로 쓰세요",
    "count_out_of_range": "`{field}`: {least}부터 {most}까지 쓸 수 있습니다",
    "pieces_out_of_range": "`{field}`: {least}~{most}개로 쓰세요",
    "column_count": "단은 두 개에서 네 개까지 둘 수 있습니다",
    "column_widths": "단 너비를 모두 비우거나, 더해서 100이 되게 쓰세요",
    "fixed_products": "`{field}`: 직접 고른 상품을 보여 줄 때만, 그리고 그때는 꼭 쓰세요",
    "product_ids": "`{field}`: {most}개까지, 각각 1~255자로 쓰세요",
    "keyword_unclosed": (
        "`{field}`: 닫히지 않은 키워드가 있어요. {{{{ profile.first_name }}}}처럼 쓰세요"
    ),
    "not_a_coupon": "`{field}`: come-back-10 같은 쿠폰 키를 쓰세요",
    "not_a_colour": "`{field}`: #0f766e처럼 색상 코드를 쓰세요",
    "subject_empty": "`{field}`: 비워 둘 수 없습니다",
    "blocks_empty": "블록을 하나 이상 넣으세요",
    "too_many_blocks": "블록은 {most}개까지 넣을 수 있습니다",
    "mail_unmakeable": "{said:ko}",
    "mail_unmakeable_at": "{said:ko} (위치: {path})",
    "footer_missing": (
        "광고성 메일에는 누가 보내는지와 수신거부 방법을 알리는 바닥글 블록이 필요합니다"
    ),
    **KOREAN_MISHAPS,
}
OTHER: Final = "문서의 형식이 맞지 않습니다 ({error})"
"""What a document of another shape is told; the detail is the validator's."""
