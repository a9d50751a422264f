"""The application as a server finds it: `granian --interface wsgi wsgi:application`."""

from pql.settings import read_settings
from routes.application import create_app

application = create_app(read_settings())
