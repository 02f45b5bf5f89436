"""How the router is, for those who look from outside: measured, judged, and told as text."""
