"""The HTTP face of the gateway: the passage to each service, the file of an employee, health and figures."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from time import perf_counter
from typing import Any, Protocol
from urllib.parse import quote

import orjson
from fastapi import FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, Histogram, generate_latest
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from chassis.facing.problems import speak_problems
from chassis.facing.tokens import Tokens
from contracts import Refusal, refusal_name
