"""STY: the form in which a citation is printed, in `cited-as` and in the monograph's own list; never what it says.

A module for each rule, which holds its documentation and what it looks at; `form` has what all of them are made of,
`rules` their list. What a citation says is judged in `evidence.rules.metadata`.
"""
