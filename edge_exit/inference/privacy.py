"""What may leave a robot, whatever an operating point says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Privacy:
    """The user's word; it holds from the moment it is given, for frames under way, too.

    :ivar min_depth: segments that must have run before anything of a frame may leave; from 1 on no
        picture ever does.
    :ivar never_offload: nothing leaves.
    """

    min_depth: int = 0
    never_offload: bool = False

    def lets(self, depth: int) -> bool:
        """Say whether a frame may leave after so many segments."""
        return not self.never_offload and depth >= self.min_depth
