"""One module for each event; importing it registers its handlers on `bot.router.router`."""
