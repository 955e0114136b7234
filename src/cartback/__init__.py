"""Knows at every second who has left a cart behind, and why."""
