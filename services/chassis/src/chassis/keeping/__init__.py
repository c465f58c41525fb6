"""Keeping: Work and its committer, streams, views, inbox, relay, errands, deadlines, sealing, migrations."""
