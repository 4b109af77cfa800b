"""The production stack on one machine, without containers: `python -m stack`, which is `make stack`."""
