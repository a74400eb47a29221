"""A drawn courtroom in session: four camera positions that move, speak and stay in step.

For demonstrations and tests of the whole line. ``python -m media.scene DIRECTORY`` makes the clips;
nothing in them shows or names a real court, case or person.
"""
