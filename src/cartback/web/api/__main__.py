"""Prints the OpenAPI document, as docs/openapi.json keeps it: `python -m cartback.web.api`."""

import json
import sys

from cartback.web.api.app import document

sys.stdout.write(json.dumps(document(), indent=1, ensure_ascii=False) + "\n")
