"""What somebody would write without this product: each in a process of its own, over the same rows."""
