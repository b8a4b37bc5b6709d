"""What scripts/bench is made of, one idea a file."""
