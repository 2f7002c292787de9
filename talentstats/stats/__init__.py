"""The numerical core: numpy and scipy only; arrays by keyword in, frozen dataclasses out."""
