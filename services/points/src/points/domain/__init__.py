"""The rules of the points scheme 积分制. Pure: facts, days and rules come in with the call."""
