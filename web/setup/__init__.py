"""Setting the App up: from an empty `.env` to credentials that were tried."""
