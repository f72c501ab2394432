"""The council's face: what is outstanding, programmes, approvals, council tax."""
