"""Images to vectors to pairs to maps: knows paths and arrays, no database, no browser."""
