"""Long work that a page starts: the same `mmvp` commands, in processes of their own."""

from annotator.jobs.job import Job, JobState
from annotator.jobs.kinds import Wish
from annotator.jobs.processes import Jobs

__all__ = ["Job", "JobState", "Jobs", "Wish"]
