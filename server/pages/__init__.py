"""The pages: what a person opens, rendered on the server and readable without scripts."""
