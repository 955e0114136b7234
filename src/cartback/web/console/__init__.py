"""The console: server-rendered pages by noun, in English and Korean, that work without JavaScript.

A handler reads the request, asks the engine once, and renders (docs/console.md).
"""
