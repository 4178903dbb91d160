"""The command line: what is checked, how it is compared and repaired, and how it is printed."""
