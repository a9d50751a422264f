"""How long it takes to judge a hundred thousand accounts, and a few of them."""
