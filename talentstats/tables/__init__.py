"""Tables for papers: results in through tidy() and glance(), text and markup out."""
