"""A draft of the answers to small questions, set against the words of the article.

Pure functions, which ask nothing. From the bottom: `referents`, `kinds`, `weapons`, `methods` and
`clauses` read names and sentences; `findings` holds all answers; `tellers` and `speaking`,
`wording` and `counting` set them against the words; `settling` gives each actor one name,
`grouping` each incident its sentences, `placing` its place, `sides` its parties and `things` its
objects; `draft` puts them together.
"""
