"""Who is asking: users, their passwords, browser sessions, API keys, roles and scopes."""
