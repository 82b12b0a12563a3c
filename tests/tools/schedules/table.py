"""Writes ten_years.tsv: how often schedules fire in each of ten years, in six zones, and a hash of all instants.

The table is what the daemon's instants are compared with, so nothing here is shared with it: fields are read by the
lines below, zones are Python's, and nothing is computed that could be walked instead. For each zone all minutes of the
ten years are walked in UTC, and what a clock on the wall shows is written down. A schedule whose hour field starts with
`*` fires at each minute of which the clock shows one of its times. Any other is walked over the minutes of the civil
calendar: it fires when the clock shows the time first, or at the first minute after it where the clock leaves it out.

To write it anew, as after an update of chrono-tz with the zones of another release (`IANA_TZDB_VERSION`; pin the
release of tzdata that has the same):

    python3 -m venv venv && venv/bin/pip install --require-hashes -r tests/tools/schedules/requirements.txt
    venv/bin/python tests/tools/schedules/table.py > tests/tools/schedules/ten_years.tsv
"""

import hashlib
import itertools
import sys
import zoneinfo
from array import array
from datetime import datetime, timedelta, timezone

import tzdata

YEARS = range(2026, 2036)
ZONES = ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Tokyo", "UTC"]
CRONS = """
0 * * * *
*/30 * * 3,4,10,11 thu-sun
*/15 * 25-31 3,10 *
*/4 * * 4 sun
0 */6 * * *
30 */2 * 3,4,10,11 *
*/14 */5 1-7 * *
0 */3 * * sat,sun
30 * 1-7 * sun
*/20 *,5 * nov 1
@daily
@weekly
@monthly
@yearly
30 2 * * *
30 6 * * 1-5
0,30 2,3 * * *
*/10 1-3 * 3,4,10,11 *
15 0 * * *
*/20 0 * * fri
0 0-23 * 3,4,10,11 *
0 0 29 2 *
0 12 13 * fri
0 0 1,15 * mon
0 9 */2 * mon
59 23 31 * *
0 0 31 1,3,5 7
15,45 1,2 * 4,10 0
45 1 * 10,11 sun
0 22 * * 1-5
0-59/13 23 * dec,jan sat-sun
0 8-18/2 * * MON-fri
10 5 29 2 sat
""".strip().splitlines()
NAMED = {"@daily": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *"}
MONTHS = ["", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
DAY = 24 * 60
MINUTE = timedelta(minutes=1)
# the civil calendar begins a day before and ends a day after, so that each instant has its place in it
FIRST = datetime(YEARS[0], 1, 1, tzinfo=timezone.utc)
LAST = datetime(YEARS[-1] + 1, 1, 1, tzinfo=timezone.utc)
EVE = FIRST.replace(tzinfo=None) - timedelta(days=1)
MINUTES = int((LAST - FIRST) / MINUTE)


def number(text, names):
    return names.index(text) if text in names else int(text)


def field(text, least, most, names=()):
    numbers = set()
    for part in text.lower().split(","):
        part, _, step = part.partition("/")
        if part == "*":
            low, high = least, most
        else:
            low, _, high = part.partition("-")
            low = number(low, names)
            high = number(high, names) if high else low
            if names is DAYS and high < low:
                high += 7
        numbers.update(range(low, high + 1, int(step or 1)))
    return {n % 7 for n in numbers} if names is DAYS else numbers


def civil_minutes(cron):
    """The minutes of the civil calendar, counted from its eve, at which the expression holds."""
    minute, hour, day, month, weekday = NAMED.get(cron, cron).split()
    minutes, hours = field(minute, 0, 59), field(hour, 0, 23)
    days, months, weekdays = field(day, 1, 31), field(month, 1, 12, MONTHS), field(weekday, 0, 6, DAYS)
    either = not day.startswith("*") and not weekday.startswith("*")
    at = [h * 60 + m for h in sorted(hours) for m in sorted(minutes)]
    for n in range(MINUTES // DAY + 2):
        date = EVE + timedelta(days=n)
        of_month, of_week = date.day in days, date.isoweekday() % 7 in weekdays
        if date.month in months and (of_month or of_week if either else of_month and of_week):
            yield from (n * DAY + minute for minute in at)


def clock(zone):
    """What the clock shows at each minute in UTC, as minutes of the civil calendar."""
    zone = zoneinfo.ZoneInfo(zone)
    shown = array("q")
    now = FIRST
    for n in range(MINUTES):
        ahead = now.astimezone(zone).utcoffset() // MINUTE
        shown.append(n + DAY + ahead)
        now += MINUTE
    return shown


def first_shown(shown):
    """For each minute of the civil calendar when the clock shows it first, or what comes after it first; -1: outside."""
    first = array("q", [-1]) * (MINUTES + 2 * DAY)
    for n, minute in enumerate(shown):
        if first[minute] < 0:
            first[minute] = n
    for minute in range(max(shown), min(shown), -1):
        if first[minute] < 0:
            first[minute] = first[minute + 1]
    return first


def instants(cron, shown, first):
    hour = NAMED.get(cron, cron).split()[1]
    if hour.startswith("*"):
        holds = bytearray(MINUTES + 2 * DAY)
        for minute in civil_minutes(cron):
            holds[minute] = 1
        return list(itertools.compress(range(MINUTES), map(holds.__getitem__, shown)))
    # what comes first in the ten years could be left over from the gap of a New Year's Eve: no zone here has one
    return sorted({first[minute] for minute in civil_minutes(cron) if first[minute] >= 0})


def main():
    zoneinfo.reset_tzpath(to=[])  # the package, not the system's
    out = sys.stdout
    out.write(f"# IANA {tzdata.IANA_VERSION}; written by table.py\n")
    out.write("\t".join(["cron", "zone", *map(str, YEARS), "runs", "sha256"]) + "\n")
    starts = [int((datetime(year, 1, 1, tzinfo=timezone.utc) - FIRST) / MINUTE) for year in [*YEARS, YEARS[-1] + 1]]
    begin = int(FIRST.timestamp())
    for zone in ZONES:
        shown = clock(zone)
        first = first_shown(shown)
        for cron in CRONS:
            fired = instants(cron, shown, first)
            years = [sum(low <= n < high for n in fired) for low, high in itertools.pairwise(starts)]
            text = "".join(f"{begin + n * 60}\n" for n in fired)
            digest = hashlib.sha256(text.encode()).hexdigest()
            out.write("\t".join([cron, zone, *map(str, years), str(len(fired)), digest]) + "\n")
        print(zone, file=sys.stderr)


main()
