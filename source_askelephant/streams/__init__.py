"""The streams of the source: one module each, facts only; ``base`` owns the behaviour."""
