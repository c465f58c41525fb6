"""An outsider: reads the topics and the published ledger as a stranger would, and says what breaks the written rules.

It imports nothing of ours, so it can be wrong only on its own account. Run it alone:

    python tests/outsider --kafka 127.0.0.1:9092 --ledger var/ledger
    python tests/outsider --ledger http://127.0.0.1:8005/ledger

or ask its functions: `look_at_ledger`, `look_at_topics`, `look_at_both` yield one `Breach` for each rule broken.
It exits 0 where nothing is broken, 1 where something is, 2 where it found nothing but could not look at everything.
"""

from outsider.both import look_at_both
from outsider.events import Breach, Message
from outsider.ledger import look_at_ledger
from outsider.published import Ledger, source_of
from outsider.topics import look_at_topics, messages_of

__all__ = [
    "Breach",
    "Ledger",
    "Message",
    "look_at_both",
    "look_at_ledger",
    "look_at_topics",
    "messages_of",
    "source_of",
]
