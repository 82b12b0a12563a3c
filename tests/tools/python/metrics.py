"""Reads metrics with the parser of Prometheus' own Python client and says what it found, as JSON."""

import json
import sys

from prometheus_client.parser import text_fd_to_metric_families


def read(path):
    with open(path, encoding="utf-8", newline="\n") as file:
        return [
            {
                "name": family.name,
                "type": family.type,
                "help": family.documentation,
                "samples": [{"name": s.name, "labels": s.labels, "value": s.value} for s in family.samples],
            }
            for family in text_fd_to_metric_families(file)
        ]


json.dump([read(path) for path in sys.argv[1:]], sys.stdout)
