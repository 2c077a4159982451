#!/usr/bin/env python
"""The project's commands: python manage.py --help"""

from cucurbit.commands import manage

if __name__ == "__main__":
    manage(__file__)
