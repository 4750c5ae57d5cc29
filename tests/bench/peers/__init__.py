"""The same graph behind other servers, each at the settings that served it best, and with no users or money to mind."""
