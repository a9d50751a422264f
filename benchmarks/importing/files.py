"""The same simulated events as an export of Amplitude's and as a CSV file."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

PEOPLE, PEOPLE_IN_A_TEAM = 2_000, 5
IN_A_FILE = 50_000
SPAN = timedelta(days=90)
MAPPING = """\
events:
  id: id
  account: account
  contact: person
  event: event
  time: time
  properties: {channel: channel, size: size}
"""
HEADER = ("id", "account", "person", "event", "time", "channel", "size")
NAMES = ("message_sent", "login", "file_shared", "campaign_sent", "invite_sent", "report_viewed")

# As long as the rows that Amplitude writes, most of whose fields nobody here asks for.
ROW = (
    '{{"$insert_id":"{id}","$schema":null,"amplitude_attribution_ids":null,'
    '"amplitude_event_type":null,"amplitude_id":{person},"app":100000,"city":null,'
    '"client_event_time":"{time}","client_upload_time":"{time}","country":"Norway","data":{{}},'
    '"device_id":"device-{person}","device_type":"Windows","event_id":{number},'
    '"event_properties":{{"channel":"email","size":{size}}},"event_time":"{time}",'
    '"event_type":"{name}","group_properties":{{"company":{{"account-{team}":{{"plan":"trial"}}}}}},'
    '"groups":{{"company":["account-{team}"]}},"ip_address":"192.0.2.1","language":"English",'
    '"library":"amplitude-ts/2.0.0","os_name":"Chrome","os_version":"120","platform":"Web",'
    '"server_upload_time":"{time}","session_id":{number},"user_id":"user-{person}",'
    '"user_properties":{{"email":"user{person}@example{team}.com","title":"CTO"}},'
    '"uuid":"00000000-0000-1000-8000-{number:012x}"}}\n'
)


def events(rows: int) -> Iterator[dict[str, object]]:
    """What was done, evenly over the past; everybody comes again and again."""
    begin, step = datetime.now(UTC).replace(tzinfo=None) - SPAN, SPAN / rows
    for number in range(rows):
        person = number * 7_919 % PEOPLE
        yield {
            "number": number,
            "id": f"{number:032x}",
            "person": person,
            "team": person // PEOPLE_IN_A_TEAM,
            "name": NAMES[number % len(NAMES)],
            "size": number % 1_000,
            "time": f"{begin + step * number:%Y-%m-%d %H:%M:%S.%f}",
        }


def write_export(path: Path, rows: int) -> None:
    """A zip archive of packed files, as the Export API answers with."""
    coming = events(rows)
    with zipfile.ZipFile(path, "w") as archive:
        for hour, first in enumerate(range(0, rows, IN_A_FILE)):
            packed = io.BytesIO()
            with gzip.open(packed, "wb", compresslevel=1) as file:
                for _, event in zip(range(min(IN_A_FILE, rows - first)), coming, strict=False):
                    file.write(ROW.format(**event).encode())
            archive.writestr(f"100000/100000_2026-01-01_{hour}#0.json.gz", packed.getvalue())


def write_csv(path: Path, rows: int) -> None:
    """The same events, packed too."""
    with gzip.open(path, "wt", compresslevel=1, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for event in events(rows):
            account, person = f"account-{event['team']}", f"user-{event['person']}"
            told = (event["id"], account, person, event["name"], event["time"])
            writer.writerow((*told, "email", event["size"]))
