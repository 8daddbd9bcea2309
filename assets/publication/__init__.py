"""The published marts: versions that BI tools read, each whole, and `current`, which moves in one step."""
