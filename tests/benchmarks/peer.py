"""A PyTorch or numpy reference that a *_peer.py defines for compare.py."""
import dataclasses
from typing import Callable, Optional


@dataclasses.dataclass
class Peer:
    benchmark: str                                 # name of the C++ benchmark
    what: str                                      # description of the reference, for the table
    prepare: Callable[[], Callable[[], object]]    # sets everything up and returns the timed step
    wanted: Optional[float] = None                 # target: largest ratio interprior / PyTorch
