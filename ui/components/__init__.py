"""Parts of pages: each is one function that draws data and returns what a person did."""
