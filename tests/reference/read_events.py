#!/usr/bin/env python3
"""Prints the contents of an event file or a run folder, read by TensorBoard's own reader, as JSON.

    python tests/reference/read_events.py FILE_OR_FOLDER

{"scalars": {tag: [[step, value]...]}, "images": {tag: [[step, width, height, number of encoded bytes]...]},
"histograms": {tag: [[step, num, min, max, sum]...]}}; a number that is not finite is null. TensorBoard recognises event
files by "tfevents" in their names. tests/integration/tensorboard_test.cc runs this.
"""
import json
import math
import pathlib
import sys

from tensorboard.backend.event_processing.event_accumulator import STORE_EVERYTHING_SIZE_GUIDANCE, EventAccumulator


def scalar(event):
    return [event.step, event.value]


def image(event):
    return [event.step, event.width, event.height, len(event.encoded_image_string)]


def histogram(event):
    value = event.histogram_value
    return [event.step, value.num, value.min, value.max, value.sum]


def read_events(path):
    events = EventAccumulator(str(path), size_guidance=STORE_EVERYTHING_SIZE_GUIDANCE)
    events.Reload()
    kinds = {"scalars": (events.Scalars, scalar), "images": (events.Images, image), "histograms": (events.Histograms, histogram)}
    return {kind: {tag: [[n if math.isfinite(n) else None for n in row(event)] for event in of_tag(tag)]
                   for tag in events.Tags()[kind]}
            for kind, (of_tag, row) in kinds.items()}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    where = pathlib.Path(sys.argv[1])
    if not where.exists():
        sys.exit(f"error: there is no event file or folder ({where})")
    print(json.dumps(read_events(where), allow_nan=False))
