"""`faithline train`: the faithfulness detector fitted to labels of one's own, and compared with the one it began as.

`labelled`, `logistic`, `combination`, `comparison` and `folder` are numpy and files; the rest imports torch.
"""
