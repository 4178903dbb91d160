"""The JSON of GitHub's API and webhooks, built from the state: one function for each kind of object."""
