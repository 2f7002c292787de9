"""When people leave, at what hazard, for where, and who leaves sooner."""
