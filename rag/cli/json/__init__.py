"""What ``--json`` writes, and the page that describes it."""
