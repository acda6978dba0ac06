"""Controls that Qt does not have, or not in this form. They know nothing of the node."""
