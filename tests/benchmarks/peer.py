"""What a *_peer.py offers to compare.py."""
import dataclasses
from typing import Callable, Optional


@dataclasses.dataclass
class Peer:
    benchmark: str                                 # name of the C++ benchmark
    what: str                                      # what it is compared with, for the table
    prepare: Callable[[], Callable[[], object]]    # makes everything and returns the step that is timed
    wanted: Optional[float] = None                 # largest ratio ours / theirs that is wanted
