"""The look over Qt's Fusion style. Painted from the colours in use, so that another theme is one repaint and no more.

A style sheet would be shorter, but Qt works it out anew for every widget when the colours change (0.1 to 0.4 s for a
window of ours), and again for each one that is made.
"""
