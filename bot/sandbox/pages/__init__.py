"""The web pages on which a person sees and uses the sandbox."""
