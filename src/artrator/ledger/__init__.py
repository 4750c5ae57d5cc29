"""Money: accounts and transfers by double entry, wallets, top-ups, statements, and the check that nothing is lost."""
