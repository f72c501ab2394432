"""Layouts: how other systems want the lines of a file, said in TOML and not in code."""
