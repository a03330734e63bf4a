"""One module a command group. Each has `register(app)`, and imports what is heavy inside its functions.

Adding a module here adds its commands; nothing lists them.
"""
