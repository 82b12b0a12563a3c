"""Holds workflows against the action they use: `python inputs.py action.yml WORKFLOW..`.

Each input that a workflow gives has to be one of the action, each output it reads as well, and no script of any of them
may hold an expression: whatever an expression becomes would be part of the script.
"""

import re
import sys

from ruamel.yaml import YAML


def read(path):
    with open(path, encoding="utf-8") as file:
        return YAML(typ="safe", pure=True).load(file)


def expressions_in_scripts(path, steps):
    return [f"{path}: a script holds an expression: {step['run']!r}" for step in steps if "${{" in step.get("run", "")]


def main(action_path, *workflows):
    action = read(action_path)
    wrong = expressions_in_scripts(action_path, action["runs"]["steps"])
    used = 0
    for path in workflows:
        for job in read(path)["jobs"].values():
            wrong += expressions_in_scripts(path, job["steps"])
            for step in job["steps"]:
                if not step.get("uses", "").startswith("assay-data/assay@"):
                    continue
                used += 1
                unknown = set(step.get("with", {})) - set(action["inputs"])
                wrong += [f"{path}: the action has no input `{name}`" for name in sorted(unknown)]
                own = step.get("id")
                text = str(job)
                outputs = re.findall(rf"steps\.{own}\.outputs\.([a-z-]+)", text) if own else []
                wrong += [f"{path}: the action has no output `{name}`" for name in outputs if name not in action["outputs"]]
    if used == 0:
        wrong.append("no workflow uses the action")
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
