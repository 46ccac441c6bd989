"""The eval suite: cases, measures, runner, statistics, report and gate.

It knows the product only as an ``Answerer``, so it judges any engine alike.
"""
