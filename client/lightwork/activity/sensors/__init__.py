"""The sensors, one file for each thing that a system tells. A file is imported only on the system that it is for."""
