"""What a stranger's model is, does and costs, found out in a disposable child."""
