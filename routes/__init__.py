"""Every way in from outside: web application, pages, command line and clock."""
