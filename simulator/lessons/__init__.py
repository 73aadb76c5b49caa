"""Lessons: a scenario, a narration, and what the run says about it.

Source:
    Ours.
"""

from simulator.lessons.narration import Lesson
from simulator.lessons.reading import load_lesson
from simulator.lessons.shelf import list_lessons, open_lesson
from simulator.lessons.simulation import Simulation
from simulator.lessons.telling import Telling

__all__ = ["Lesson", "Simulation", "Telling", "list_lessons", "load_lesson", "open_lesson"]
