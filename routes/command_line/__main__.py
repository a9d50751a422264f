"""`python -m routes.command_line` is `pql`, wherever the script is installed."""

from routes.command_line import main

main(prog_name="pql")
