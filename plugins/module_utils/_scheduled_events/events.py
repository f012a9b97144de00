# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scheduled events: how to ask for them, what they say, and which of them are meant.

Source of the rules: "Scheduled Events" in the documentation of Azure VMs (https://learn.microsoft.com/azure/virtual-machines/linux/scheduled-events).

This is a private part of the collection: its names may change in any release.
"""

import datetime
import re

from ansible_collections.imds.azure.plugins.module_utils._service.counted import counted
from ansible_collections.imds.azure.plugins.module_utils._service.errors import BadVersionError, MalformedAnswerError, NoSuchElementError, OptionError

PATH = '/scheduledevents'
# /scheduledevents goes by its own list of versions, and a version of /instance is as good as none.
EVENT_VERSIONS = ('2017-08-01', '2017-11-01', '2019-01-01', '2019-04-01', '2019-08-01', '2020-07-01')
EVENT_TYPES = ('Freeze', 'Reboot', 'Redeploy', 'Preempt', 'Terminate')
EVENT_STATUSES = ('Scheduled', 'Started')
# Seconds before an event from which on it is near: predicted failures of hardware are announced up to 7 days ahead, all else some minutes.
LEAD_TIME = 1200.0

_MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
_TIME = r'(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})'
_OFFSET = r'(?P<sign>[+-])(?P<hours>[0-9]{2}):?(?P<minutes>[0-9]{2})'
_DATES = (
    # RFC 1123, Mon, 11 Apr 2022 22:26:58 GMT, as documented.
    re.compile(r'(?:[a-z]{3,9}, *)?(?P<day>[0-9]{1,2})[ -](?P<month>[a-z]{3})[ -](?P<year>[0-9]{4}) %s *(?:GMT|UTC?|Z|%s)' % (_TIME, _OFFSET), re.I | re.A),
    # ISO 8601, 2022-04-11T22:26:58.123+00:00, seen too. Without an offset it is UTC.
    re.compile(r'(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})[T ]%s(?:[.,][0-9]+)? *(?:Z|%s)?' % (_TIME, _OFFSET), re.I | re.A),
)
_EPOCH = datetime.datetime(1970, 1, 1)


def scheduled_events(client):
    """The document with the events. The first call ever switches the feature on for the VM, which may take 2 minutes.

    :param client: an ImdsClient. With C(api_version) C(auto) the newest version is asked for, and then older ones until the service knows one, which
        stays the client's. A client that asks for events should ask for nothing else, because no other path goes by these versions.
    :raises OptionError: the client has an api-version that is not one of C(EVENT_VERSIONS).
    :raises NoSuchElementError: this cloud has no scheduled events.
    :raises ImdsError: one of its kinds.
    """
    negotiable = client.negotiable
    if not negotiable and client.api_version not in EVENT_VERSIONS:
        raise OptionError(
            'api_version %r is not valid for scheduled events' % client.api_version, remedy='Set it to auto or one of %s.' % ', '.join(EVENT_VERSIONS)
        )
    # The client itself would choose from the list of /instance.
    client.negotiable = False
    for version in reversed(EVENT_VERSIONS) if negotiable else [client.api_version]:
        client.api_version = version
        try:
            return client.get(PATH)
        except (BadVersionError, NoSuchElementError) as error:
            refusal = error
        except Exception:
            client.negotiable = negotiable
            raise
    client.negotiable = negotiable
    if negotiable and refusal.status == 404:
        refusal.cause = 'this cloud has no scheduled events: it knows no api-version from %s to %s' % (EVENT_VERSIONS[0], EVENT_VERSIONS[-1])
        refusal.remedy = 'Azure Stack Hub and Azure Arc, for example, have none: skip these hosts.'
    elif refusal.status == 404:
        refusal.cause = 'api-version %s has no scheduled events' % client.api_version
        refusal.remedy = 'Set api_version to auto.'
    raise refusal


def events_from_document(document, now, name=None, warn=None, lead_time=LEAD_TIME):
    """The events of a document as a list of dicts, in the order given.

    :param document: any JSON value, None for an answer without a body.
    :param now: seconds since the epoch.
    :param name: the VM's own name (compute.name), or None where it is not known.
    :param warn: called with a sentence for each entry of the list that is no event at all. All others are there, with null for what cannot be read.
    :param lead_time: an event that may begin only after so many seconds is far off.
    :returns: dicts with C(event_id), C(event_type), C(resource_type), C(event_status), C(description), C(event_source) (str or None), C(resources) (list
        of str), C(not_before) (UTC, such as C(2022-04-11T22:26:58Z), or None), C(seconds_left) (int, 0 where it has started or is due, None where
        unknown), C(far_off) (bool), C(duration_in_seconds) (int, -1 where the service does not know, None where it does not say),
        C(affects_this_host) (bool or None).
    :raises MalformedAnswerError: the document has no list of events.
    """
    entries = document.get('Events') if isinstance(document, dict) else None
    if document is None or (isinstance(document, dict) and 'Events' in document and entries is None):
        # Seen on real VMs.
        if warn:
            warn('The metadata service returned an empty list of scheduled events. Assuming no events.')
        entries = []
    if not isinstance(entries, list):
        raise MalformedAnswerError('the answer contains no list of events', PATH, 200)
    events = [_event(entry, now, name, lead_time) for entry in entries if isinstance(entry, dict)]
    if warn and len(events) < len(entries):
        warn('Ignoring %s that cannot be read.' % counted(len(entries) - len(events), 'scheduled event'))
    return events


def check_lead_time(seconds):
    """Refuses what is no lead time, before anything is sent.

    :raises OptionError:
    """
    if not 0 <= seconds < float('inf'):
        raise OptionError('lead_time %r is not valid' % seconds, remedy='Set it to a number of seconds, 0 or more.')


def incarnation(document):
    """C(DocumentIncarnation), which changes with the list of events: an int, or None where there is none."""
    return _whole(document.get('DocumentIncarnation') if isinstance(document, dict) else None)


def select_events(events, types=None, statuses=None, this_host=False):
    """The events of these types and statuses (None or nothing: of all), and only those that affect this host where that is wanted."""
    return [
        event
        for event in events
        if _among(event['event_type'], types) and _among(event['event_status'], statuses) and (event['affects_this_host'] is True or not this_host)
    ]


def seconds_for_draining(events):
    """Seconds until the first of these events may begin; None where nothing is known to limit them.

    An event that is late may begin at any moment, and also much later: there is no telling, so it sets no limit.
    """
    return min((event['seconds_left'] for event in events if event['seconds_left']), default=None)


def is_leader(event, name):
    """Whether the VM of this name is the one that approves for all: the first of the event's resources in plain sorted order, without case."""
    names = sorted(_comparable(resource) for resource in event['resources'])
    return names[:1] == [_comparable(name)]


def parse_date(text):
    """The UTC time that a date of RFC 1123 or ISO 8601 means, without a fraction of a second, as a naive datetime; None where it is neither."""
    for pattern in _DATES:
        match = pattern.fullmatch(text.strip()) if isinstance(text, str) else None
        if match:
            found = match.groupdict()
            year, day, hour, minute, second = (int(found[part]) for part in ('year', 'day', 'hour', 'minute', 'second'))
            try:
                month = _MONTHS.index(found['month'].lower()) + 1 if found['month'].isalpha() else int(found['month'])
                date = datetime.datetime(year, month, day, hour, minute, second)
                offset = datetime.timedelta(hours=int(found['hours'] or 0), minutes=int(found['minutes'] or 0))
                return date + offset if found['sign'] == '-' else date - offset
            except (ValueError, OverflowError):
                return None
    return None


def _event(entry, now, name, lead_time):
    date = parse_date(entry.get('NotBefore'))
    given = entry.get('Resources')
    resources = [each for each in given if isinstance(each, str)] if isinstance(given, list) else []
    status = _text(entry.get('EventStatus'))
    left = 0 if _among(status, ['Started']) else None if date is None else max(int((date - _EPOCH).total_seconds() - now), 0)
    return {
        'event_id': _text(entry.get('EventId')),
        'event_type': _text(entry.get('EventType')),
        'resource_type': _text(entry.get('ResourceType')),
        'resources': resources,
        'event_status': status,
        'not_before': None if date is None else date.isoformat() + 'Z',
        'seconds_left': left,
        'far_off': left is not None and left > lead_time,
        'description': _text(entry.get('Description')),
        'event_source': _text(entry.get('EventSource')),
        'duration_in_seconds': _whole(entry.get('DurationInSeconds')),
        'affects_this_host': _comparable(name) in map(_comparable, resources) if name else None,
    }


def _comparable(name):
    """Names of VMs have no case. The first preview of the service put an underscore before them, with which no name of a VM can begin."""
    return (name[1:] if name.startswith('_') else name).lower()


def _among(value, wanted):
    return not wanted or (value or '').lower() in [each.lower() for each in wanted]


def _text(value):
    return value if isinstance(value, str) else None


def _whole(value):
    return value if isinstance(value, int) and not isinstance(value, bool) else None
