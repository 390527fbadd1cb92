"""Convolutions in two and three dimensions, their gradients, and what is built of them."""
