"""The report: one self-contained page of the published marts, for people who look before they read.

One module per family of charts says which rows of the marts make its figures; `charts` how they are drawn; `page` puts
them together. No number is on the page that a BI tool could not read from the same publication.
"""
