"""Double entry: accounts, transactions, transfers and holds; knows no resident, merchant or council."""
