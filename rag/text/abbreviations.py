"""Words whose full stop need not end a sentence, and words that open one."""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


TITLES = _names(
    """mr mrs ms mx dr prof rev gen gov sen rep hon lt col sgt capt cmdr maj adm messrs mme mlle
    e.g i.e eg ie cf viz vs v ft mt resp incl esp"""
)
"""Something always follows these."""

BEFORE_NUMBER = _names(
    """no nos nr fig figs eq eqs p pp vol vols ch chap sec sect art para ver c ca circa approx op
    jan feb mar apr jun jul aug sep sept oct nov dec est ex cl"""
)
"""These end no sentence when a number follows."""

MAY_END = _names(
    """inc ltd co corp llc plc bros etc jr sr st ave blvd dept univ assn bldg est al ed eds approx
    jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat
    sun calif ariz colo conn fla ill mass mich minn mont nev okla ore pa tenn tex va wash
    wis yahoo jeopardy mfg intl natl govt ph.d"""
)
"""These end a sentence only when the next word is one that opens sentences."""

STARTERS = _names(
    """a about according after again all also although among an and another any anyone as at
    because before both but by can could critics despite did do does during each even every
    finally first for from further had has have he her here his how however i if in indeed
    instead is it its last later like many meanwhile more moreover most much my neither
    nevertheless no none nor not nothing now of on once one only or other others our over
    people perhaps several she should similarly since so some something soon still such that
    the their then there therefore these they this those though through thus to today
    together unlike until we what when where whether which while who why will with without
    would yet you your nobody everybody everyone someone nowhere"""
)
"""Words that, capitalised after an abbreviation, speak for a new sentence."""
