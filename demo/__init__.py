"""The believable scheme: made-up people and shops at real places, built through the operations themselves."""
