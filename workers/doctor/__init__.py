"""`python -m bot doctor`: looks at every part, and says for each what is wrong and what to do about it."""
