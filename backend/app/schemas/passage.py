"""A piece of knowledge that a mind may rest on and cite."""

from app.schemas.base import Model


class Passage(Model):
    id: str
    title: str
    text: str
    source: str = ""
    date: str = ""
