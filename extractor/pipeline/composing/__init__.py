"""A draft of the answers to small questions, set against the words of the article.

Pure functions, which ask nothing. From the bottom: `referents` and `kinds` read names; `findings`
holds all answers; `methods`, `speaking`, `wording` and `counting` read sentences; `settling` gives
each actor one name, `grouping` each incident its sentences, `sides` its parties; `draft` puts them
together.
"""
