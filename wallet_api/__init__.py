"""The residents' and organisers' face: phone pages and a JSON interface."""
