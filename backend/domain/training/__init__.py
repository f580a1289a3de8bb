"""Courses, quizzes and exams."""
