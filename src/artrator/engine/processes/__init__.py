"""The sandboxed children as their parent sees them: started, watched, blamed, replaced."""
