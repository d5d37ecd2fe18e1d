"""What people's labels say of evaluators: agreement, thresholds, and how many labels are worth asking for.

Everything here reads labels and anchors; nothing draws, serves or changes a rule.
"""
