"""Courses and exams: published, learnt, attempted, lapsed."""
