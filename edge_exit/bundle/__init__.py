"""A trained model on disk: manifest, integrity, finding one by name."""
