"""What has been emitted. Read ``saved_state`` first, then ``coverage`` and ``checkpoint``."""
