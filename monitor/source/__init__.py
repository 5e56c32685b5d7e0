"""What to watch: files and folders, whose recordings they are, and what lies beside them."""

from monitor.source.find import find
from monitor.source.found import Found, Passed

__all__ = ["Found", "Passed", "find"]
