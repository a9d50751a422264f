"""The application as a server finds it: `granian --interface wsgi wsgi:application`."""

from pql.settings import read_settings
from routes.application import create_app
from routes.logging import set_up_logging

settings = read_settings()
set_up_logging(settings)
application = create_app(settings)
