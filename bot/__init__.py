"""The GitHub protocol: pure values and decisions; `bot.client` does all of its input and output."""
