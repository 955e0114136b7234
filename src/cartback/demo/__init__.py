"""The demo shop: real products, made-up shoppers, and a view of what they do in the terminal."""
