"""What people say: the criteria that they answer, the waves in which they are asked, and their labels."""
