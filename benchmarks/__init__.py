"""Speed and memory of the pipeline beside plain peers that do the same work, in one run and checked to agree."""
