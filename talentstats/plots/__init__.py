"""Figures for papers: results in through tidy(), matplotlib Axes out."""
