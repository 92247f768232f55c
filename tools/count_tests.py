#!/usr/bin/env python3
"""Counts test cases in the test.xml files that Bazel keeps, and prints 'N passed, N failed'.

Usage: count_tests.py [--failed-steps N] LABEL=FOLDER...

A test that crashed has no cases of its own: Bazel then writes a file with one case, which failed. A step of the
caller that failed without a failed case (a build error, say) counts as one failure, so that the line never says
that nothing failed when something did.
"""

import argparse
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def count(folder):
    """Returns (passed, names of failed cases) of all test.xml files below a folder."""
    passed, failed = 0, []
    for path in sorted(pathlib.Path(folder).rglob("test.xml")):
        target = path.parent.relative_to(folder)
        try:
            cases = list(ElementTree.parse(path).iter("testcase"))
        except ElementTree.ParseError as error:
            failed.append(f"{target}: its test.xml cannot be read ({error})")
            continue
        for case in cases:
            if case.get("status") == "notrun":
                continue
            if case.find("failure") is not None or case.find("error") is not None:
                failed.append(f"{target}: {case.get('classname', '')}.{case.get('name')}")
            elif case.find("skipped") is None:
                passed += 1
    return passed, failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--failed-steps", type=int, default=0)
    parser.add_argument("results", nargs="*", metavar="LABEL=FOLDER")
    arguments = parser.parse_args()
    passed_in_all, failed_in_all = 0, 0
    for result in arguments.results:
        label, _, folder = result.partition("=")
        passed, failed = count(folder)
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
