"""What a WSGI server loads: the application of the scheme that the environment describes."""

import os

from app import create_app
from ledger.settings import Settings

application = create_app(Settings.from_environ(os.environ))
