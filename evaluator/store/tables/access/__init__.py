"""Tables of projects, keys, sign-ins and the audit log."""
