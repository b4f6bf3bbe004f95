"""Other ways to read the same list, each as its users would write it."""
