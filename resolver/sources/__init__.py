"""One module a service: its URLs, and `parse`, which turns one of its records into a Reference without a network."""
