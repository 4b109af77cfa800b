"""Reading a call for help by rules: word tables and small parsers, one idea a file, no model and no network."""
