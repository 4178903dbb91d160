"""The pages: setting the App up, signing in, and what the scans found, for those who may read it."""
