"""The benchmark as a document: read, written, checked and scored. No database, no browser."""
