"""Operating points and the policies that choose them."""
