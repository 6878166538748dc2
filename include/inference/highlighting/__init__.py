"""What a highlighter computes, shared by training and serving: sentences, windows, a probability a sentence."""
