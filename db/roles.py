"""What a person may do: three roles, each with everything of the one before."""

from enum import StrEnum


class Role(StrEnum):
    """Annotators decide and write; reviewers also start long work and export; admins also manage.

    The members stand in this order, lowest first.
    """

    annotator = "annotator"
    reviewer = "reviewer"
    admin = "admin"

    def may(self, needed: "Role") -> bool:
        """Whether somebody with this role may do what needs that one."""
        order = list(Role)
        return order.index(self) >= order.index(needed)
