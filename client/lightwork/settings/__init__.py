"""What a person may choose, each setting declared once, and where the program keeps its files."""
