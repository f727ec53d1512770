"""Visual patterns found in the questions of a benchmark, by a language model or by clustering."""
