"""What teams register: rules, golden sets, rubrics."""
