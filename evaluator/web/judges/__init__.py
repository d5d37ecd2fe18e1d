"""The pages of judges, and what a trace's page says of what a judge said."""
