"""What models answered: read from other programs' files, kept in a workspace, scored again."""
