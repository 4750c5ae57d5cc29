"""What the routes of every part share: how a service reaches a route, and how a long list is cut into pages."""
