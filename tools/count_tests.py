"""Sums GoogleTest's XML results into the last line of tools/test.sh, and lists skipped tests with their reasons."""
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

status = int(sys.argv[1])
passed = failed = skipped = 0
for folder in sys.argv[2:]:
    for path in sorted(pathlib.Path(folder).glob("*.xml")):
        for case in ElementTree.parse(path).getroot().iter("testcase"):
            if case.get("status") != "run":
                continue
            reason = case.find("skipped")
            if case.find("failure") is not None:
                failed += 1
            elif reason is not None:
                skipped += 1
                text = (reason.get("message") or "").strip().splitlines()
                print(f"skipped {case.get('classname')}.{case.get('name')}: {text[-1] if text else 'no reason given'}")
            else:
                passed += 1

# A test program that crashed or could not start has no result, but ctest reports it.
if status != 0 and failed == 0:
    failed = 1
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(0 if failed == 0 and passed > 0 else 1)
