#!/usr/bin/env python3
"""Runs the commands of a Markdown document and compares what they say with what the document says.

Usage: check_document.py DOCUMENT [--same SHOWN=ACTUAL]...

A ```console block holds commands and their output. A command begins with "$ " and goes on in the lines below that
begin with "> ". A line "..." in its output stands for any number of lines. Times, the id of a message at its
receiver, hashes and the dates of a log differ from run to run and are not compared; of the two source addresses of
the quick start either will do. --same names what the document shows and what stands in its place in this run.

A ```toml block must be one of the files in examples/, whole.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys

# What may differ from run to run.
VARIABLE = [
    (re.compile(r'"\d+(\.\d+)?s"'), '"<time>"'),
    (re.compile(r" *\b\d+(\.\d+)? ms\b"), "<time>"),
    (re.compile(r'"policy_version": "[0-9a-f]{16}"'), '"policy_version": "<hash>"'),
    (re.compile(r"^policy [0-9a-f]{16}$"), "policy <hash>"),
    (re.compile(r"127\.0\.0\.[23]\b"), "<source>"),
    (re.compile(r"\b(out-2|pool)\.example\.org\b"), "<name>"),
]


def blocks(text, language):
    """Yields (line number, text) of each fenced block of a language."""
    for match in re.finditer(r"^```%s\n(.*?)^```$" % language, text, re.M | re.S):
        yield text.count("\n", 0, match.start()) + 2, match.group(1)


def commands(block):
    """Yields (command, expected output) of a console block."""
    command, expected = None, []
    for line in block.splitlines():
        if line.startswith("$ "):
            if command is not None:
                yield command, expected
            command, expected = line[2:], []
        elif line.startswith("> ") and not expected:
            command += "\n" + line[2:]
        elif command is None:
            raise ValueError("output before any command: " + line)
        else:
            expected.append(line)
    if command is not None:
        yield command, expected


def normal(lines):
    result = []
    for line in lines:
        line = line.rstrip()
        for pattern, stand_in in VARIABLE:
            line = pattern.sub(stand_in, line)
        result.append(line)
    return result


def matches(expected, actual):
    """Whether actual is expected, where a line "..." in expected stands for any lines."""
    if "..." not in [line.strip() for line in expected]:
        return expected == actual
    at = next(i for i, line in enumerate(expected) if line.strip() == "...")
    head, tail = expected[:at], expected[at + 1 :]
    if actual[:at] != head:
        return False
    return any(matches(tail, actual[start:]) for start in range(at, len(actual) + 1))


def check_console(document, same):
    ran = 0
    for line, block in blocks(document, "console"):
        for command, expected in commands(block):
            for shown, actual in same:
                command = command.replace(shown, actual)
            process = subprocess.run(["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                     text=True, timeout=60, check=False)
            said = process.stdout
            for shown, actual in same:
                said = said.replace(actual, shown)
            if not matches(normal(expected), normal(said.splitlines())):
                sys.exit("FAILED: the block at line %d: %s\nshould say\n%s\nbut says\n%s" %
                         (line, command, "\n".join(expected), said))
            ran += 1
    return ran


def check_policies(document):
    examples = {path.read_text(): path.name for path in pathlib.Path("examples").glob("*.toml")}
    found = 0
    for line, block in blocks(document, "toml"):
        if block not in examples:
            sys.exit("FAILED: the policy at line %d is none of the files in examples/" % line)
        found += 1
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("document")
    parser.add_argument("--same", action="append", default=[])
    arguments = parser.parse_args()
    document = pathlib.Path(arguments.document).read_text()
    same = [tuple(pair.split("=", 1)) for pair in arguments.same]
    ran, policies = check_console(document, same), check_policies(document)
    print("%s: %d commands, %d policies" % (os.path.basename(arguments.document), ran, policies))
    if not ran:
        sys.exit("FAILED: no command was found")


if __name__ == "__main__":
    main()
