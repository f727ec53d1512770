"""The application: command line, server and pages."""
