"""Classes that some of the files refer to by name. To load those files with Python, put this folder
on sys.path; ckpt only ever carries the names along."""
import collections
import dataclasses
import enum

import torch

Point = collections.namedtuple("Point", ["x", "y"])


class Colour(enum.Enum):
    red = 1
    blue = "b"


@dataclasses.dataclass
class Settings:
    width: int
    name: str


class Slotted:
    __slots__ = ("left", "right")

    def __init__(self, left, right):
        self.left, self.right = left, right


class Scale(torch.nn.Module):
    """A module of our own, because the pre-1.6 format embeds the source text of module classes."""

    def __init__(self, count):
        super().__init__()
        self.factor = torch.nn.Parameter(torch.ones(count))
        self.register_buffer("offset", torch.zeros(count))

    def forward(self, x):
        return x * self.factor + self.offset
