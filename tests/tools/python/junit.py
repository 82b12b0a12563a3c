"""Reads JUnit reports with junitparser and says what it found, as JSON."""

import json
import sys

from junitparser import Error, Failure, JUnitXml, Properties, Skipped


def kind(case):
    for result in case.result:
        if isinstance(result, Failure):
            return "failure"
        if isinstance(result, Error):
            return "error"
        if isinstance(result, Skipped):
            return "skipped"
    return "passed"


def read(path):
    xml = JUnitXml.fromfile(path)
    suites = []
    for suite in xml:
        cases = [
            {
                "name": case.name,
                "classname": case.classname,
                "kind": kind(case),
                "message": next((result.message for result in case.result), None),
                "text": next((result.text for result in case.result), None),
                "file": case._elem.get("file"),
                "line": case._elem.get("line"),
                "properties": {p.name: p.value for group in case.iterchildren(Properties) for p in group},
                "out": case.system_out,
            }
            for case in suite
        ]
        said = {key: getattr(suite, key) for key in ("tests", "failures", "errors", "skipped")}
        suites.append({"name": suite.name, "said": said, "cases": cases})
    said = {key: getattr(xml, key) for key in ("tests", "failures", "errors", "skipped")}
    return {"said": said, "suites": suites}


json.dump([read(path) for path in sys.argv[1:]], sys.stdout)
