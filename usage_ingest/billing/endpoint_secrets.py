"""The secrets of webhook endpoints, by workspace, in a file that only this user may read.

They must be readable: a signature is checked with them. So they are in no database and in no backup
of one; `SECRET_KEY` is kept likewise. Web processes on several machines each need the file.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pql.faults import PlainError
from pql.private_files import make_folder

FILE_NAME = "stripe-secrets.json"
MOST_SECRETS = 2
"""An old one and a new one, while the provider changes from one to the other."""
_SECRET = re.compile(r"whsec_[A-Za-z0-9+/=_-]{8,200}", re.ASCII)


class SecretRefused(PlainError):
    """The secret cannot be kept, or there is none such. The text says what to do."""


class EndpointSecrets:
    """Reads and writes the file. `folder` is the installation's."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE_NAME

    def of(self, workspace: str) -> list[str]:
        """The secrets of a workspace, the newest first; none where none was set.

        Raises:
            SecretRefused: the file cannot be used.
        """
        return list(self._read().get(workspace, {}))

    def added(self, workspace: str) -> Mapping[str, str]:
        """When each was added, by what may be shown of it: its last four characters."""
        return {secret[-4:]: at for secret, at in self._read().get(workspace, {}).items()}

    def add(self, workspace: str, secret: str, now: datetime) -> None:
        """Take a secret from now on, beside the one that is there.

        Raises:
            SecretRefused: it is none, it is there, or two are there already.
        """
        if not _SECRET.fullmatch(secret):
            raise SecretRefused("that is no signing secret: Stripe's begin with whsec_")
        known = self._read()
        own = known.get(workspace, {})
        if secret in own:
            raise SecretRefused("this secret is there already")
        if len(own) >= MOST_SECRETS:
            raise SecretRefused(
                "two secrets are there: remove the older one first (`pql stripe remove-secret`)"
            )
        self._write({**known, workspace: {secret: now.isoformat(), **own}})

    def remove(self, workspace: str, ending: str) -> None:
        """Take no secret with this ending any more.

        Raises:
            SecretRefused: there is none, or more than one.
        """
        known = self._read()
        own = known.get(workspace, {})
        found = [secret for secret in own if ending and secret.endswith(ending)]
        if len(found) != 1:
            endings = ", ".join(secret[-4:] for secret in own) or "none"
            raise SecretRefused(f"no one secret ends with {ending!r}; there are: {endings}")
        rest = {secret: at for secret, at in own.items() if secret not in found}
        self._write({**known, workspace: rest})

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            content = json.loads(self._file.read_text())
            return {str(name): dict(secrets) for name, secrets in content.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, AttributeError, TypeError) as error:
            kind = type(error).__name__
            raise SecretRefused(
                f"{self._file} cannot be used ({kind}): restore it, or delete it and set the "
                "secrets again (`pql stripe add-secret`)"
            ) from None

    def _write(self, secrets: Mapping[str, Mapping[str, str]]) -> None:
        # Whole before it gets its name: a request that comes now finds the old file or the new.
        make_folder(self._file.parent)
        descriptor, draft = tempfile.mkstemp(dir=self._file.parent, prefix=f".{FILE_NAME}-")
        with os.fdopen(descriptor, "w") as opened:
            json.dump(secrets, opened)
        Path(draft).replace(self._file)
