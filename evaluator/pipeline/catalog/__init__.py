"""What teams register: rules, criteria, golden sets, rubrics."""
