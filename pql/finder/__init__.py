"""The search for what those who convert had done: thresholds that hold on later cohorts, or none.

`searching.search` is the engine. It works on a `columns.ValueTable`, which `measuring` fills from
the event store and `reading` from a plain file.
"""
