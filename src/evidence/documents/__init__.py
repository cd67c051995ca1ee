"""Monographs read as text: their paragraphs, their reference lists, and how the text cites.

Text, Markdown, HTML, DOCX and PDF are read into one kind of document whose characters keep their places in the file.
What a printed reference says is recognised and paired with a library's; whether it is right is judged elsewhere
(`evidence.matching`, `evidence.rules`).
"""
