"""dlt's rest_api source. Extraction only: what dlt does afterwards (normalize, load) is a destination's work elsewhere.

Its state lies in the folder of the pipeline, under the working directory. The contacts' ids are written to ids.txt if
that file is there.
"""

import os
from pathlib import Path
from typing import Any

import dlt
from dlt.sources.rest_api import RESTAPIConfig, rest_api_source

CONFIG: RESTAPIConfig = {
    "client": {
        "base_url": os.environ["ASKELEPHANT_API_URL"],
        "auth": {
            "type": "api_key",
            "api_key": os.environ["ASKELEPHANT_API_KEY"],
            "name": "Authorization",
            "location": "header",
        },
        "paginator": {"type": "cursor", "cursor_path": "next_cursor", "cursor_param": "cursor"},
    },
    "resource_defaults": {"primary_key": "id", "write_disposition": "merge"},
    "resources": [
        {
            "name": "contacts",
            "endpoint": {
                "path": "v2/contacts",
                "data_selector": "data",
                "params": {"limit": 100, "order_by": "updated_at:asc"},
                "incremental": {
                    "cursor_path": "updated_at",
                    "start_param": "filter[updated_at][gte]",
                    "initial_value": "1970-01-01T00:00:00Z",
                },
            },
        }
    ],
}


def main() -> None:
    """Extract, and print how many contacts were."""
    pipeline = dlt.pipeline("askelephant", destination="filesystem", pipelines_dir=str(Path.cwd() / "dlt"))
    source = rest_api_source(CONFIG)
    ids = Path("ids.txt")
    if ids.exists():
        with ids.open("w", encoding="utf-8") as file:

            def note(contact: dict[str, Any]) -> dict[str, Any]:
                file.write(f"{contact['id']}\n")
                return contact

            source.contacts.add_map(note)
            extracted = pipeline.extract(source)
    else:
        extracted = pipeline.extract(source)
    jobs = extracted.metrics[extracted.loads_ids[0]]
    tables = (job["table_metrics"].get("contacts") for job in jobs)
    print(sum(table.items_count for table in tables if table))


if __name__ == "__main__":
    main()
