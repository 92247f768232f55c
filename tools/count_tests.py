#!/usr/bin/env python3
"""Counts test cases of Bazel runs, and prints 'N passed, N failed'.

Usage: count_tests.py [--failed-steps N] LABEL=EVENTS...

EVENTS is what `bazel test --build_event_json_file` wrote, so that only tests of that run count and nothing that an
earlier one left. A target that failed without a failed case (it crashed, timed out, or a sanitizer spoke at its end)
counts as one failure, and so does a step of the caller that failed without any (a build error, say): the line never
says that nothing failed when something did.
"""

import argparse
import json
import pathlib
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree


def cases_of(path):
    """Returns (passed, names of failed cases) of one test.xml."""
    passed, failed = 0, []
    for case in ElementTree.parse(path).iter("testcase"):
        if case.get("status") == "notrun":
            continue
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(f"{case.get('classname', '')}.{case.get('name')}")
        elif case.find("skipped") is None:
            passed += 1
    return passed, failed


def count(events):
    """Returns (passed, names of failed cases) of all tests in a file of build events."""
    passed, failed = 0, []
    try:
        lines = pathlib.Path(events).read_text().splitlines()
    except OSError as error:
        return 0, [f"what the tests did is not known ({error})"]
    for event in map(json.loads, lines):
        result = event.get("testResult")
        if result is None:
            continue
        target = event["id"]["testResult"]["label"]
        names = []
        for output in result.get("testActionOutput", []):
            if output["name"] != "test.xml":
                continue
            try:
                count_here, names = cases_of(urllib.parse.unquote(urllib.parse.urlsplit(output["uri"]).path))
                passed += count_here
            except (OSError, ElementTree.ParseError) as error:
                names = [f"its test.xml cannot be read ({error})"]
        if result["status"] != "PASSED" and not names:
            names = [f"the target is {result['status']}, with no failed case"]
        failed += [f"{target}: {name}" for name in names]
    return passed, failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--failed-steps", type=int, default=0)
    parser.add_argument("results", nargs="*", metavar="LABEL=EVENTS")
    arguments = parser.parse_args()
    passed_in_all, failed_in_all = 0, 0
    for result in arguments.results:
        label, _, events = result.partition("=")
        passed, failed = count(events)
        print(f"  {label}: {passed} passed, {len(failed)} failed")
        for case in failed:
            print(f"    FAILED {case}")
        passed_in_all += passed
        failed_in_all += len(failed)
    failed_in_all = max(failed_in_all, arguments.failed_steps)
    print(f"{passed_in_all} passed, {failed_in_all} failed")
    return 1 if failed_in_all or not passed_in_all else 0


if __name__ == "__main__":
    sys.exit(main())
