"""Digits that draw themselves, with a pen on paper, from a seed; numpy only."""

from artrator.recipes.digits.drawing import DIGITS, INK, PAPER, SIDE_PX, draw_digit, draw_digits, on_paper

__all__ = ["DIGITS", "INK", "PAPER", "SIDE_PX", "draw_digit", "draw_digits", "on_paper"]
