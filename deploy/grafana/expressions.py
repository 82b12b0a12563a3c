#!/usr/bin/env python3
"""Runs every expression of the dashboards against a Prometheus.

    deploy/grafana/expressions.py http://localhost:9090

Variables are filled in as Grafana does it, in their order: a variable of a query gets the first value that Prometheus
has for it, or what --set says. Ends with 1 where an expression is refused or gives no data, and names each.
"""

import argparse
import json
import pathlib
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

DASHBOARDS = pathlib.Path(__file__).parent / "dashboards"
LABEL_VALUES = re.compile(r"label_values\((?:(?P<selector>.+),\s*)?(?P<label>\w+)\)")


class Refused(Exception):
    """What Prometheus says of a query that it does not take."""


def ask(server, path, **parameters):
    url = f"{server.rstrip('/')}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return json.load(answer)["data"]
    except urllib.error.HTTPError as error:
        text = error.read().decode("utf-8", "replace")
        try:
            raise Refused(json.loads(text)["error"]) from None
        except (ValueError, KeyError):
            raise Refused(f"{error.code}: {text[:200]}") from None


def quoted(value):
    """A value for a matcher in double quotes."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def filled(text, values):
    """The text with its variables filled in. One that is not known is an error of the dashboard."""

    def value(match):
        name = match.group(1) or match.group(2)
        if name not in values:
            raise Refused(f"no value for ${name}")
        return values[name]

    return re.sub(r"\$(?:\{(\w+)(?::\w+)?\}|(\w+))", value, text)


def variables(server, dashboard, chosen, interval):
    """The value of each variable, and what is wrong with those that have none."""
    values = {"__rate_interval": interval, "__interval": interval, "__range": "1h"}
    problems = []
    for variable in dashboard["templating"]["list"]:
        name = variable["name"]
        if name in chosen:
            values[name] = quoted(chosen[name])
            continue
        if variable["type"] == "datasource":
            values[name] = "prometheus"
            continue
        query = variable["query"]["query"]
        try:
            call = LABEL_VALUES.fullmatch(filled(query, values))
            if call is None:
                raise Refused("not a query for the values of a label")
            match = {"match[]": call["selector"]} if call["selector"] else {}
            found = ask(server, f"label/{call['label']}/values", **match)
        except Refused as why:
            problems.append((f"${name}", query, str(why)))
            continue
        if not found:
            problems.append((f"${name}", query, "no data"))
            continue
        values[name] = variable.get("allValue") or quoted(found[0])
    return values, problems


def panels(dashboard):
    for panel in dashboard["panels"]:
        yield panel
        yield from panel.get("panels", [])


def run(server, expression, instant, since):
    if instant:
        return ask(server, "query", query=expression)["result"]
    now = time.time()
    parameters = {"query": expression, "start": now - since, "end": now, "step": max(since / 60, 1)}
    return ask(server, "query_range", **parameters)["result"]


def check(server, dashboard, options):
    """Number of expressions, and (where, expression, why) of those that are wrong."""
    values, problems = variables(server, dashboard, options.set, options.rate_interval)
    number = 0
    for panel in panels(dashboard):
        for target in panel.get("targets", []):
            number += 1
            where = f"{panel['title']}, {target['refId']}"
            try:
                expression = filled(target["expr"], values)
                found = run(server, expression, target.get("instant"), options.since)
            except Refused as why:
                problems.append((where, target["expr"], str(why)))
                continue
            if not found:
                problems.append((where, expression, "no data"))
    return number, problems


def pair(text):
    name, _, value = text.partition("=")
    if not value:
        raise argparse.ArgumentTypeError(f"NAME=VALUE is needed, not {text!r}")
    return name, value


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("server", help="address of Prometheus")
    parser.add_argument("dashboards", nargs="*", type=pathlib.Path, help="files; else all beside this program")
    parser.add_argument("--set", action="append", type=pair, default=[], metavar="NAME=VALUE", help="value of a variable")
    parser.add_argument("--rate-interval", default="1m", help="what stands for $__rate_interval (%(default)s)")
    parser.add_argument("--since", type=float, default=900, help="seconds that graphs show (%(default)s)")
    options = parser.parse_args()
    options.set = dict(options.set)
    files = options.dashboards or sorted(DASHBOARDS.glob("*.json"))
    if not files:
        sys.exit(f"no dashboards in {DASHBOARDS}")
    wrong = 0
    for file in files:
        number, problems = check(options.server, json.loads(file.read_text("utf-8")), options)
        print(f"{file.name}: {number} expressions, {len(problems)} wrong")
        for where, expression, why in problems:
            print(f"  {where}: {why}\n    {expression}")
        wrong += len(problems)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
