"""The merchants' face: the till, its code pages, takings."""
