"""Processes killed at random while people ask for help: is anything lost, doubled or overwritten?"""
