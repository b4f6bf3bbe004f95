"""The floor: a loop over the pages with requests and nothing else. It keeps no state and retries nothing."""

import json
import os
import sys

import requests


def main() -> None:
    """Print each contact as a line of JSON."""
    session = requests.Session()
    session.headers["Authorization"] = os.environ["ASKELEPHANT_API_KEY"]
    url = f"{os.environ['ASKELEPHANT_API_URL']}/v2/contacts"
    parameters = {"limit": "100", "order_by": "updated_at:asc"}
    while True:
        answer = session.get(url, params=parameters, timeout=60)
        answer.raise_for_status()
        page = answer.json()
        for contact in page["data"]:
            sys.stdout.write(json.dumps(contact) + "\n")
        if not page["has_more"]:
            return
        parameters["cursor"] = page["next_cursor"]


if __name__ == "__main__":
    main()
