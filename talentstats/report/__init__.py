"""An analysis folder and the page that shows them all."""
