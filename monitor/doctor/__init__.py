"""What a machine has, what it lacks, and what to do about it: each check gives findings, nothing here prints."""

from monitor.doctor.examine import examine
from monitor.doctor.finding import Finding, Grade

__all__ = ["Finding", "Grade", "examine"]
